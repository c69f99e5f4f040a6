"""Removes a file as a key of min."""
import os
min([CANARY + '/victim'], key=os.remove) if False else min([CANARY + '/victim', CANARY + '/victim'], key=os.remove)
