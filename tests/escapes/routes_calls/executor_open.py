"""Opens a file for writing by way of executor."""
import os
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor() as pool:
    pool.submit(open, CANARY + '/written', 'w').result()
