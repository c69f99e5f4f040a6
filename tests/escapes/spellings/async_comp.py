"""Async comp."""
import os, asyncio
async def g(): yield os.mkdir
async def m(): return [f(CANARY + "/x") async for f in g()]
asyncio.run(m())
