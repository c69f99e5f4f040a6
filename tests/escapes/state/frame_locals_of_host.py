"""inspect.getargvalues of a frame behind: what the host's variables hold is changed.

state: "FOUND" in globals()
"""
import inspect
frame = inspect.currentframe()
while "host" not in inspect.getargvalues(frame).locals:
    frame = frame.f_back
inspect.getargvalues(frame).locals["host"]["FOUND"] = 1
