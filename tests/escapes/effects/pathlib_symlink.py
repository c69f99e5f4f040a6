"""Path.symlink_to in the other folder."""
import pathlib
pathlib.Path(CANARY, "new").symlink_to("/tmp")
