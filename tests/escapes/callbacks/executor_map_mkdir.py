"""Makes a directory as the callback of Executor.map."""
import os, concurrent.futures
with concurrent.futures.ThreadPoolExecutor() as p:
    list(p.map(os.mkdir, [CANARY + '/made']))
