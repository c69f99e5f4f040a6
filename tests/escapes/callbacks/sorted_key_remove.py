"""Removes a file as a sort key."""
import os
sorted([CANARY + '/victim'], key=os.remove)
