"""Makes a directory from a decorator."""
import os
@lambda f: os.mkdir(CANARY + '/made')
def g(): pass
