"""Path write text: the effect lies outside of ok_dests."""
import pathlib
pathlib.Path(CANARY, "w").write_text("x")
