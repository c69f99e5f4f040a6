"""A pool's initializer.

host: KEPT["e"].submit(len, "").result()
"""
import pathlib, concurrent.futures
e = concurrent.futures.ThreadPoolExecutor(1, initializer=pathlib.Path(CANARY + "/x").touch)
