"""A class of the library's, which writes when it is called, is what hashes an object of the run's.

host: hash(KEPT["x"])
"""
import functools, zipfile
class C:
    __hash__ = functools.partial(zipfile.ZipFile, CANARY + "/new.zip", "w")
x = C()
