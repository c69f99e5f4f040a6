"""The second store to a local name that is sys: the first one was let through.

state: not __import__("sys").path_hooks
"""
import sys
def change(module):
    module.ps1 = "x"
    module.path_hooks = []
change(sys)
