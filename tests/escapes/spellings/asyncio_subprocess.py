"""Asyncio subprocess."""
import asyncio
async def m(): await (await asyncio.create_subprocess_exec("touch", CANARY + "/x")).wait()
asyncio.run(m())
