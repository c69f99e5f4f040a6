"""The description of the interpreter is changed.

state: __import__("sys").implementation.name == "evil"
"""
import sys
sys.implementation.name = "evil"
