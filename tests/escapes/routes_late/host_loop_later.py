"""A host's event loop calls later.

host: LOOP.run_until_complete(__import__("asyncio").sleep(0.05))
given: loop
"""
import pathlib
loop.call_later(0.01, pathlib.Path(CANARY + "/x").touch)
