"""The data of a WeakValueDictionary is sys.modules.

state: "planted" in __import__("sys").modules
"""
import sys, weakref
class O: pass
o = O()
w = weakref.WeakValueDictionary()
w.data = sys.modules
w["planted"] = o
