"""Make archive, handed on with a path object: the effect lies outside of ok_dests."""
import functools, pathlib, shutil
list(map(functools.partial(shutil.make_archive, format="tar", root_dir=ALLOWED), [pathlib.Path(CANARY) / "m"]))
