"""A static method of a library's class gets another function.

state: __import__("tarfile").TarInfo._create_payload("x") == "evil"
"""
import tarfile, inspect
staticmethod.__init__(inspect.getattr_static(tarfile.TarInfo, "_create_payload"), lambda x: "evil")
