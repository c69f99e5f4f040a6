"""Working directory: state of the host is overwritten.

state: __import__("os").getcwd() == "/"
"""
import os
os.chdir("/")
