"""Starts a program as a sort key."""
import os
sorted(['touch ' + CANARY + '/spawned'], key=os.system)
