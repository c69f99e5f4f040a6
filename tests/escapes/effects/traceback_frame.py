"""Traceback frame: the effect lies outside of ok_dests."""
import sys
try: 1 / 0
except ZeroDivisionError as e: e.__traceback__.tb_frame.f_builtins["open"](CANARY + "/w", "w")
