"""Opens a file for writing by way of call soon."""
import os
import asyncio
async def main():
    asyncio.get_running_loop().call_soon(open, CANARY + '/written', 'w')
    await asyncio.sleep(0.01)
asyncio.run(main())
