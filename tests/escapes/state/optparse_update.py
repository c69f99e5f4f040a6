"""optparse.Values._update_loose on a module.

state: __import__("keyword").kwlist == 5
"""
import keyword, optparse
optparse.Values.__init__(keyword, {"kwlist": 5})
