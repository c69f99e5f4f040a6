"""Asyncio server."""
import asyncio
async def m():
    s = await asyncio.start_unix_server(lambda r, w: 0, CANARY + "/sock")
    s.close()
asyncio.run(m())
