"""Host loop context.

host: LOOP.run_until_complete(__import__("asyncio").sleep(0.05))
given: loop
"""
import contextvars, pathlib
loop.call_soon(pathlib.Path(CANARY + "/x").touch, context=contextvars.Context())
