"""Ctypes util."""
import ctypes.util
ctypes.util.find_library("c"); ctypes.cdll.LoadLibrary(None).mkdir((CANARY + "/x").encode(), 0o777)
