"""Asyncio executor."""
import asyncio, os
async def m(): await asyncio.get_running_loop().run_in_executor(None, os.mkdir, CANARY + "/x")
asyncio.run(m())
