"""argparse.Namespace.__init__ on a host's instance.

state: __import__("os").environ.decodekey == 5
"""
import argparse, os
argparse.Namespace.__init__(os.environ, decodekey=5)
