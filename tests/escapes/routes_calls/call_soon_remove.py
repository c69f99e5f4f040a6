"""Removes a file by way of call soon."""
import os
import asyncio
async def main():
    asyncio.get_running_loop().call_soon(os.remove, CANARY + '/victim')
    await asyncio.sleep(0.01)
asyncio.run(main())
