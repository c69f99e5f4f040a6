"""A deletion from a local name that is sys, after a store that was let through.

state: not hasattr(__import__("sys"), "argv")
"""
import sys
def change(module):
    module.ps1 = "x"
    del module.argv
change(sys)
