"""Subprocess shell: the effect lies outside of ok_dests."""
import asyncio
async def main():
    p = await asyncio.create_subprocess_shell("touch " + CANARY + "/w")
    await p.wait()
asyncio.run(main())
