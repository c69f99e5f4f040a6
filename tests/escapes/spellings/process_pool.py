"""Process pool."""
import concurrent.futures, os
if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(1) as p: p.submit(os.mkdir, CANARY + "/x").result()
