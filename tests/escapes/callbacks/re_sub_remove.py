"""Removes a file from the replacement function of re.sub."""
import os, re
re.sub('x', lambda m: str(os.remove(CANARY + '/victim')), 'x')
