"""Bz2 main."""
import bz2, lzma
lzma.LZMAFile(CANARY + "/x", "w"); bz2.BZ2File(CANARY + "/y", "w")
