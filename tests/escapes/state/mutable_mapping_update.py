"""The update of an abstract class fills sys.modules.

state: __import__("sys").modules.get("planted") == 5
"""
import collections.abc, sys
collections.abc.MutableMapping.update(sys.modules, planted=5)
