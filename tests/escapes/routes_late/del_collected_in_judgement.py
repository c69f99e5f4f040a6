"""A finalizer of garbage that is collected while an event is judged: the judgement looks at frames, which are made for it."""
import dbm.dumb
import gc
import os


class Late:
    def __init__(self):
        self.me = self

    def __del__(self):
        dbm.dumb._Database(f"{CANARY}/late", 0o666, "n")


for threshold in range(20, 120, 20):
    gc.collect()
    gc.set_threshold(threshold)
    Late()
    os.makedirs(f"{ALLOWED}/{threshold}" + "/x" * 130)
    gc.set_threshold(700)
