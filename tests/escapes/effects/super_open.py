"""Super open: the effect lies outside of ok_dests."""
import io
class F(io.FileIO):
    def __init__(self, p): super().__init__(p, "w")
F(CANARY + "/w")
