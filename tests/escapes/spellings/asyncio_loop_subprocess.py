"""Asyncio loop subprocess."""
import asyncio
async def m():
    t, p = await asyncio.get_running_loop().subprocess_exec(asyncio.SubprocessProtocol, "touch", CANARY + "/x")
    await asyncio.sleep(0.2)
asyncio.run(m())
