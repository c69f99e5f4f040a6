"""A loop's factory of tasks.

given: loop
host: LOOP.create_task(__import__("asyncio").sleep(0))
"""
import pathlib
loop.set_task_factory(pathlib.Path(CANARY + "/victim").touch)
