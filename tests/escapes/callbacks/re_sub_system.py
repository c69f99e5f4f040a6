"""Starts a program from the replacement function of re.sub."""
import os, re
re.sub('x', lambda m: str(os.system('touch ' + CANARY + '/spawned')), 'x')
