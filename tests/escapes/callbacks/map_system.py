"""Starts a program as the callback of map."""
import os
list(map(os.system, ['touch ' + CANARY + '/spawned']))
