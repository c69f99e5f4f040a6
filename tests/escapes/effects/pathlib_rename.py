"""Path.replace moves the victim."""
import pathlib
pathlib.Path(CANARY, "victim").replace(ALLOWED + "/v")
