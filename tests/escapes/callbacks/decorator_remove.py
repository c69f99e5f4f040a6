"""Removes a file from a decorator."""
import os
@lambda f: os.remove(CANARY + '/victim')
def g(): pass
