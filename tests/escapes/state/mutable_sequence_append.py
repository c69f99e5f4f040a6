"""The append of an abstract class.

state: 5 in __import__("sys").meta_path
"""
import collections.abc, sys
collections.abc.MutableSequence.append(sys.meta_path, 5)
