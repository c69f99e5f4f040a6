"""Removes a file as what a pool of threads does with a result."""
import multiprocessing.pool, os
with multiprocessing.pool.ThreadPool(1) as pool:
    pool.apply_async(str, (CANARY + "/victim",), callback=os.remove).get(timeout=10)
    pool.close()
    pool.join()
