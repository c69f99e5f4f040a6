"""Removes a file by way of alias."""
import os
f = os.remove
f(CANARY + '/victim')
