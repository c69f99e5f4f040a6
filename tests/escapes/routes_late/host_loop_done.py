"""Host loop done.

host: LOOP.run_until_complete(__import__("asyncio").sleep(0.1))
given: loop
"""
import functools, pathlib
f = loop.create_future()
f.add_done_callback(functools.partial(open, CANARY + "/x", "w", -1, None, None, None, True) if 0 else pathlib.Path(CANARY + "/x").exists)
f.add_done_callback(lambda f: open(CANARY + "/x", "w"))
loop.call_later(0.01, f.set_result, 1)
