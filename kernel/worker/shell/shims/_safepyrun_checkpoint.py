"""What a checkpoint asks of Python: whether the threads that are there survive a fork, and to make anew what does not.

A woken checkpoint has one thread. Pools of threads and event loops are repaired; a thread of the user's own is lost, so
no checkpoint is taken while there is one.
"""
import sys


def threads():
    "All threads that Python knows of; empty while threading is not in use."
    threading = sys.modules.get("threading")
    return threading.enumerate() if threading else []


def _pool_worker():
    pools = sys.modules.get("concurrent.futures.thread")
    return getattr(pools, "_worker", None) if pools else None


def _comes_back(thread, main, worker):
    "Does nothing of the user's get lost with this thread?"
    if thread is main or getattr(thread, "name", "") == "subshell":
        return True
    target = getattr(thread, "_target", None)
    if worker is not None and target is worker:
        return True
    kind = type(thread)
    own = kind.__module__ not in ("threading", "__main__")
    return thread.daemon and own # a library's: tqdm's monitor makes itself anew


def obstacle():
    "Why no checkpoint can be taken, in words, or None."
    threading = sys.modules.get("threading")
    if threading is None:
        return None
    main, worker = threading.main_thread(), _pool_worker()
    for thread in threading.enumerate():
        if not _comes_back(thread, main, worker):
            return f"the thread {thread.name!r} is running"
    pools = sys.modules.get("concurrent.futures.thread")
    for queue in list(getattr(pools, "_threads_queues", {}).values()) if pools else ():
        if queue.qsize():
            return "a pool of threads has work"
    return None


def _repair_pools(before):
    pools = sys.modules.get("concurrent.futures.thread")
    if pools is None:
        return
    import threading
    executors = []
    for thread in before:
        if getattr(thread, "_target", None) is pools._worker:
            reference = thread._args[0]
            executor = reference() if callable(reference) else None
            if executor is not None and executor not in executors:
                executors.append(executor)
            pools._threads_queues.pop(thread, None)
    for executor in executors:
        executor._threads.clear()
        executor._idle_semaphore = threading.Semaphore(0)
        executor._shutdown_lock = threading.Lock()


def _repair_loops():
    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return
    import gc
    for loop in [o for o in gc.get_objects() if isinstance(o, asyncio.BaseEventLoop)]:
        if not loop.is_closed() and getattr(loop, "_ssock", None) is not None:
            loop._remove_reader(loop._ssock.fileno())
            loop._ssock.close()
            loop._csock.close()
            loop._internal_fds -= 1
            loop._make_self_pipe()


def repair(before):
    "In a woken checkpoint: `before` are the threads that there were when it was taken."
    _repair_pools(before)
    _repair_loops()
