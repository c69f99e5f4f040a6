"""Asyncio loop unix server."""
import asyncio
async def m(): await asyncio.get_running_loop().create_unix_server(asyncio.Protocol, CANARY + "/sock")
asyncio.run(m())
