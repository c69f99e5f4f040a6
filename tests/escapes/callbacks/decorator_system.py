"""Starts a program from a decorator."""
import os
@lambda f: os.system('touch ' + CANARY + '/spawned')
def g(): pass
