"""The arguments of a command line become attributes of a module.

state: __import__("keyword").kwlist == "x"
"""
import argparse, keyword
parser = argparse.ArgumentParser()
parser.add_argument("--kwlist")
parser.parse_args(["--kwlist", "x"], namespace=keyword)
