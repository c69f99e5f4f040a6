"""Multiprocessing pool."""
import multiprocessing.pool, os
multiprocessing.pool.ThreadPool(1).apply(os.mkdir, (CANARY + "/x",))
