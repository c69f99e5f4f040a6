"""wsgiref fills sys.modules with defaults.

state: "SERVER_NAME" in __import__("sys").modules
"""
import sys, wsgiref.util
wsgiref.util.setup_testing_defaults(sys.modules)
