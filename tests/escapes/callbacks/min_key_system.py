"""Starts a program as a key of min."""
import os
min(['touch ' + CANARY + '/spawned'], key=os.system) if False else min(['touch ' + CANARY + '/spawned', 'touch ' + CANARY + '/spawned'], key=os.system)
