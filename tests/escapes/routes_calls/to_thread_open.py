"""Opens a file for writing by way of to thread."""
import os
import asyncio
asyncio.run(asyncio.to_thread(open, CANARY + '/written', 'w'))
