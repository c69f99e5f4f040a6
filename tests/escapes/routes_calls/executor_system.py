"""Starts a program by way of executor."""
import os
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor() as pool:
    pool.submit(os.system, 'touch ' + CANARY + '/spawned').result()
