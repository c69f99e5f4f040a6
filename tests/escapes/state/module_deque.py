"""A library's queue of callbacks is extended.

state: 5 in __import__("asyncio").events._event_loop_policy if isinstance(__import__("asyncio").events._event_loop_policy, list) else 5 in __import__("unittest").case._module_cleanups
"""
import unittest.case
unittest.case._module_cleanups.append(5)
