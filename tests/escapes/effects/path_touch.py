"""Path touch: the effect lies outside of ok_dests."""
import pathlib
pathlib.Path(CANARY, "w").touch()
