"""Starts a program by way of atexit."""
import os
import atexit
atexit.register(os.system, 'touch ' + CANARY + '/spawned')
