"""argparse stores to an object of the host's.

state: __import__("os").environ.encodekey == 5
"""
import argparse, os
parser = argparse.ArgumentParser()
parser.add_argument("--encodekey", action="store_const", const=5)
parser.parse_args(["--encodekey"], namespace=os.environ)
