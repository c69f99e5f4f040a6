"""ctypes.util.find_library without the program ldconfig, which cells do not start: the table that it prints is read here.

The file's form is glibc's (elf/cache.c, sysdeps/generic/dl-cache.h): an older table may stand before the one of the magic below.
"""
import os
import struct

_TABLE, _MAGIC = "/etc/ld.so.cache", b"glibc-ld.so.cache1.1"
_HEAD, _ENTRY = 48, 24  # bytes
_KINDS = {"x86_64": 0x0300, "aarch64": 0x0A00}  # what an entry's flags say beside "ELF of libc6" (3)


def find_soname(name):
    "libNAME.so.N, as the table has it first; None: it is not there."
    try:
        with open(_TABLE, "rb") as file:
            data = file.read()
        data = data[data.index(_MAGIC):]
        kind = _KINDS.get(os.uname().machine)
        count, = struct.unpack_from("=I", data, len(_MAGIC))
        for number in range(count):
            flags, key = struct.unpack_from("=iI", data, _HEAD + number * _ENTRY)
            soname = os.fsdecode(data[key:data.index(b"\0", key)])
            if soname.startswith(f"lib{name}.") and (kind is None or flags & 0xFF00 == kind):
                return soname
    except (OSError, ValueError, struct.error):
        return None
    return None
