"""Starts a program by way of alias."""
import os
f = os.system
f('touch ' + CANARY + '/spawned')
