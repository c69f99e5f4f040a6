"""nest_asyncio as cells see it, installed or not. Outside of a cell that awaits no loop runs, so most has nothing to nest in."""
import asyncio
from asyncio import events, runners

_plain_run = runners.run


def run(main, *, debug=None):
    "asyncio.run(), where a loop runs already, too: the coroutine gets a loop of its own, and the outer one waits."
    outer = events._get_running_loop()
    if outer is None:
        return _plain_run(main, debug=debug)
    task = asyncio.current_task(outer)
    if task is not None:
        asyncio.tasks._leave_task(outer, task)
    events._set_running_loop(None)
    try:
        return _plain_run(main, debug=debug)
    finally:
        events._set_running_loop(outer)
        events.set_event_loop(outer)
        if task is not None:
            asyncio.tasks._enter_task(outer, task)


def apply(loop=None):
    "Let asyncio.run() be called from a cell that awaits, and from what it calls."
    if loop is not None and not isinstance(loop, asyncio.AbstractEventLoop):
        raise ValueError(f"Can't patch loop of type {type(loop)}")
    asyncio.run = run
