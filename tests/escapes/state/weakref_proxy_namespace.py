"""argparse's namespace is a weak proxy of a module.

state: __import__("keyword").kwlist == "x"
"""
import argparse, keyword, weakref
p = argparse.ArgumentParser()
p.add_argument("--kwlist")
p.parse_args(["--kwlist", "x"], namespace=weakref.proxy(keyword))
