"""Starts a program by way of to thread."""
import os
import asyncio
asyncio.run(asyncio.to_thread(os.system, 'touch ' + CANARY + '/spawned'))
