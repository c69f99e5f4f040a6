"""Async exitstack."""
import contextlib, os, asyncio
async def m():
    async with contextlib.AsyncExitStack() as s: s.callback(os.mkdir, CANARY + "/x")
asyncio.run(m())
