"""A process by the context of a pool of threads."""
import multiprocessing.pool, os
pool = multiprocessing.pool.ThreadPool(1)
process = pool._ctx.get_context("fork").Process(target=os.mkdir, args=(CANARY + "/x",))
process.start()
process.join()
