# %% gather
import asyncio
async def work(n, d): await asyncio.sleep(d); return n * 2
async def main():
    r = await asyncio.gather(work(1, 0.02), work(2, 0.01), return_exceptions=True)
    t = asyncio.create_task(work(3, 0), name="three")
    return r, await t, t.get_name(), t.done(), t.result()
asyncio.run(main())
# %% taskgroup
import asyncio
async def ok(n): await asyncio.sleep(0); return n
async def fail(): await asyncio.sleep(0); raise ValueError("boom")
async def main():
    async with asyncio.TaskGroup() as tg:
        ts = [tg.create_task(ok(i)) for i in range(3)]
    print([t.result() for t in ts])
    try:
        async with asyncio.TaskGroup() as tg:
            tg.create_task(fail()); tg.create_task(asyncio.sleep(10))
    except* ValueError as eg: print(eg.exceptions)
asyncio.run(main())
# %% queue_workers
import asyncio
async def worker(name, q, out):
    while True:
        item = await q.get()
        out.append((name, item))
        q.task_done()
        await asyncio.sleep(0)
async def main():
    q, out = asyncio.Queue(maxsize=5), []
    ws = [asyncio.create_task(worker(f"w{i}", q, out)) for i in range(2)]
    for i in range(6): await q.put(i)
    await q.join()
    for w in ws: w.cancel()
    await asyncio.gather(*ws, return_exceptions=True)
    pq = asyncio.PriorityQueue(); pq.put_nowait((2, "b")); pq.put_nowait((1, "a"))
    return sorted(i for _, i in out), await pq.get(), q.empty(), asyncio.LifoQueue().qsize()
asyncio.run(main())
# %% sync_primitives
import asyncio
async def main():
    lock, sem, ev, cond = asyncio.Lock(), asyncio.Semaphore(2), asyncio.Event(), asyncio.Condition()
    log = []
    async def w(n):
        async with sem:
            async with lock: log.append(n)
            await ev.wait()
    async def c():
        async with cond: await cond.wait(); log.append("notified")
    ts = [asyncio.create_task(w(i)) for i in range(2)] + [asyncio.create_task(c())]
    await asyncio.sleep(0.01)
    ev.set()
    async with cond: cond.notify_all()
    await asyncio.wait(ts)
    b = asyncio.Barrier(1)
    await b.wait()
    return sorted(map(str, log)), lock.locked()
asyncio.run(main())
# %% timeouts_and_cancel
import asyncio
async def slow():
    try: await asyncio.sleep(5)
    except asyncio.CancelledError: print("cancelled"); raise
async def main():
    try: await asyncio.wait_for(slow(), 0.01)
    except asyncio.TimeoutError: print("timeout")
    try:
        async with asyncio.timeout(0.01): await slow()
    except TimeoutError: print("timeout2")
    t = asyncio.create_task(slow()); await asyncio.sleep(0); t.cancel()
    try: await t
    except asyncio.CancelledError: print("task cancelled", t.cancelled())
    done, pending = await asyncio.wait([asyncio.create_task(asyncio.sleep(0, i)) for i in range(3)], return_when=asyncio.ALL_COMPLETED)
    print(await asyncio.shield(asyncio.sleep(0, "sh")))
    return sorted(t.result() for t in done), len(pending)
asyncio.run(main())
# %% async_generators
import asyncio, contextlib
async def agen(n):
    try:
        for i in range(n): await asyncio.sleep(0); got = yield i; got and print("got", got)
    finally: print("agen closed")
@contextlib.asynccontextmanager
async def cm(): print("in"); yield "v"; print("out")
async def main():
    g = agen(5)
    print(await anext(g), await g.asend("x"))
    await g.aclose()
    async for x in agen(2): print(x)
    print([i async for i in agen(3) if i], [await asyncio.sleep(0, i) for i in range(2)])
    async with cm() as v: print(v)
    async with contextlib.aclosing(agen(3)) as a:
        async for x in a: break
    async with contextlib.AsyncExitStack() as st:
        print(await st.enter_async_context(cm()))
    return await anext(aiter(agen(1)), "d")
asyncio.run(main())
# %% threads_and_executors
import asyncio, time, concurrent.futures, contextvars
def block(x): time.sleep(0.01); return x + 1
var = contextvars.ContextVar("v", default=0)
async def main():
    loop = asyncio.get_running_loop()
    print(await asyncio.to_thread(block, 1), await loop.run_in_executor(None, block, 2))
    with concurrent.futures.ThreadPoolExecutor(2) as ex:
        print(await asyncio.gather(*(loop.run_in_executor(ex, block, i) for i in range(3))))
    var.set(5)
    async def child(): var.set(var.get() + 1); return var.get()
    r = await asyncio.create_task(child())
    fut = loop.create_future(); loop.call_soon(fut.set_result, "f"); loop.call_later(0.001, lambda: None)
    return r, var.get(), await fut
asyncio.run(main())
# %% runner_and_loop
import asyncio
async def f(): return 1
with asyncio.Runner() as r: print(r.run(f()), r.get_loop().is_running())
loop = asyncio.new_event_loop()
print(loop.run_until_complete(f()))
loop.close()
async def m():
    out = []
    for c in asyncio.as_completed([asyncio.sleep(0.01, "b"), asyncio.sleep(0, "a")]): out.append(await c)
    return out, asyncio.iscoroutinefunction(f), asyncio.current_task() is not None, len(asyncio.all_tasks())
asyncio.run(m())
# %% callbacks_and_exceptions
import asyncio
async def bad(): raise KeyError("k")
async def main():
    t = asyncio.ensure_future(bad())
    t.add_done_callback(lambda t: print("cb", repr(t.exception())))
    r = await asyncio.gather(t, return_exceptions=True)
    try: await asyncio.gather(bad(), asyncio.sleep(0))
    except KeyError as e: print("raised", e)
    await asyncio.sleep(0)
    return r
asyncio.run(main())
# %% stream_reader
import asyncio
async def main():
    r = asyncio.StreamReader()
    r.feed_data(b"line1\nline2\n"); r.feed_eof()
    return await r.readline(), await r.read()
asyncio.run(main())
# %% coroutine_by_hand
import types, inspect
class Switch:
    def __await__(self): return (yield "switch")
switch = Switch
async def co(): return await switch() + 1
c = co()
print(c.send(None))
try: c.send(41)
except StopIteration as e: print(e.value)
c2 = co(); c2.close()
inspect.iscoroutine(c), inspect.iscoroutinefunction(co), inspect.isasyncgenfunction(co)

# %% pool_of_threads
from multiprocessing.pool import ThreadPool
import multiprocessing.dummy
with ThreadPool(2) as pool:
    print(pool.map(abs, [-1, 2]), pool.apply(len, ("ab",)), pool.starmap(pow, [(2, 3), (3, 2)]), list(pool.imap(str, range(3))))
    print(pool.apply_async(max, (1, 2)).get(timeout=10), pool.map_async(lambda value: value * 2, range(3)).get(timeout=10))
    try:
        pool.map(lambda value: 1 / value, [1, 0])
    except ZeroDivisionError as error:
        print(error)
pool = multiprocessing.dummy.Pool(3)
print(sorted(pool.imap_unordered(lambda value: value + 1, [1, 2])))
pool.close()
pool.join()
