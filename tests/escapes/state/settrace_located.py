"""sys.settrace as pydoc finds it, called by map.

state: __import__("sys").gettrace() is not None
"""
import pydoc
def tracer(frame, event, argument):
    return None
list(map(pydoc.locate("sys.settrace"), [tracer]))
