"""Removes a file by way of executor."""
import os
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor() as pool:
    pool.submit(os.remove, CANARY + '/victim').result()
