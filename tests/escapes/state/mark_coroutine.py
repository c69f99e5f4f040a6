"""asyncio's mark of a coroutine function on a host's function.

state: "_is_coroutine" in vars(__import__("textwrap").dedent) or "_is_coroutine_marker" in vars(__import__("textwrap").dedent)
"""
import asyncio, inspect, textwrap
getattr(inspect, "markcoroutinefunction", lambda f: setattr(f, "_is_coroutine", 1))(textwrap.dedent)
