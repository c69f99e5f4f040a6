"""A static method of a library's class gets another function.

hostile: it calls __init__ of a descriptor that a class has
state: __import__("tarfile").TarInfo._create_payload("x") == "evil"
"""
import tarfile, inspect
staticmethod.__init__(inspect.getattr_static(tarfile.TarInfo, "_create_payload"), lambda x: "evil")
