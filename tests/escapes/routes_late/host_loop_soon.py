"""Host loop soon.

host: LOOP.run_until_complete(__import__("asyncio").sleep(0.05))
given: loop
"""
loop.call_soon(open, CANARY + "/x", "w")
