"""Makes a directory by way of executor."""
import os
import concurrent.futures
with concurrent.futures.ThreadPoolExecutor() as pool:
    pool.submit(os.mkdir, CANARY + '/made').result()
