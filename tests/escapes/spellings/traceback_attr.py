"""Traceback attr."""
try: 1 / 0
except Exception as e: e.__traceback__.tb_frame.f_builtins["open"](CANARY + "/x", "w")
