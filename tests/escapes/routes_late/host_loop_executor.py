"""Host loop executor.

host: LOOP.run_until_complete(__import__("asyncio").sleep(0.1))
given: loop
"""
import pathlib
loop.call_soon(loop.run_in_executor, None, pathlib.Path(CANARY + "/x").touch)
