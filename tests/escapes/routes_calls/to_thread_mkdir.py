"""Makes a directory by way of to thread."""
import os
import asyncio
asyncio.run(asyncio.to_thread(os.mkdir, CANARY + '/made'))
