"""Path unlink: the effect lies outside of ok_dests."""
import pathlib
pathlib.Path(CANARY, "victim").unlink()
