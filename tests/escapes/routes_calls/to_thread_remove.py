"""Removes a file by way of to thread."""
import os
import asyncio
asyncio.run(asyncio.to_thread(os.remove, CANARY + '/victim'))
