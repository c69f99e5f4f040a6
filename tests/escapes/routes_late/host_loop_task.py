"""Host loop task.

host: LOOP.run_until_complete(__import__("asyncio").sleep(0.1))
given: loop
"""
import pathlib, asyncio
loop.create_task(asyncio.to_thread(pathlib.Path(CANARY + "/x").touch))
