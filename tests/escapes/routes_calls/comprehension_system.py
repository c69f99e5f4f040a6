"""Starts a program by way of comprehension."""
import os
[f('touch ' + CANARY + '/spawned') for f in [os.system]]
