"""A library's list by await.

state: 5 in __import__("keyword").kwlist
"""
import asyncio, keyword
async def f(): return keyword.kwlist
async def g(): (await f()).append(5)
asyncio.run(g())
