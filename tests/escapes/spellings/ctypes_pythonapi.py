"""Ctypes pythonapi."""
import ctypes
ctypes.pythonapi.PyRun_SimpleString(b"import os; os.mkdir('%b/x')" % CANARY.encode())
