"""Starts a program as the callback of filter."""
import os
list(filter(os.system, ['touch ' + CANARY + '/spawned']))
