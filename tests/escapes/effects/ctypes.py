"""Ctypes: the effect lies outside of ok_dests."""
import ctypes
ctypes.CDLL(None).system(b"touch " + CANARY.encode() + b"/w")
