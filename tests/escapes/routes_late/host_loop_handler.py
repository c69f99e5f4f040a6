"""Host loop handler.

host: LOOP.run_until_complete(__import__("asyncio").sleep(0.05))
given: loop
"""
import functools, pathlib
def boom(): raise ValueError
loop.set_exception_handler(lambda l, c: open(CANARY + "/x", "w"))
loop.call_soon(boom)
