"""Asyncio server."""
import asyncio, sys
keep = {"cleanup_socket": False} if sys.version_info >= (3, 13) else {}
async def m():
    s = await asyncio.start_unix_server(lambda r, w: 0, CANARY + "/sock", **keep)
    s.close()
asyncio.run(m())
