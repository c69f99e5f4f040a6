"""Rlimit: state of the host is overwritten.

state: __import__("resource").getrlimit(__import__("resource").RLIMIT_CORE) == (0, 0) and BEFORE_CORE
"""
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
