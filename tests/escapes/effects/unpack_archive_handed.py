"""Unpack archive, handed on with a path object: the effect lies outside of ok_dests."""
import functools, pathlib, shutil
shutil.make_archive(ALLOWED + "/a", "tar", ALLOWED)
list(map(functools.partial(shutil.unpack_archive, ALLOWED + "/a.tar"), [pathlib.Path(CANARY) / "u"]))
