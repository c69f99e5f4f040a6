"""Host loop reader.

host: LOOP.run_until_complete(__import__("asyncio").sleep(0.05))
given: loop
"""
import os, pathlib
r, w = os.pipe()
loop.add_reader(r, pathlib.Path(CANARY + "/x").touch)
os.close(w)
