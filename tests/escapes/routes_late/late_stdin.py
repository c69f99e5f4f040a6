"""Standard input that reads.

host: input()
"""
import sys, pathlib, types
sys.stdin = types.SimpleNamespace(readline=pathlib.Path(CANARY + "/x").touch, fileno=int)
