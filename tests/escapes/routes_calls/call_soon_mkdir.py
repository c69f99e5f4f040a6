"""Makes a directory by way of call soon."""
import os
import asyncio
async def main():
    asyncio.get_running_loop().call_soon(os.mkdir, CANARY + '/made')
    await asyncio.sleep(0.01)
asyncio.run(main())
