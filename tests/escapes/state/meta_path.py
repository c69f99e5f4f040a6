"""Meta path: state of the host is overwritten.

state: len(__import__("sys").meta_path) > BEFORE_META
"""
import sys
sys.meta_path.insert(0, object())
