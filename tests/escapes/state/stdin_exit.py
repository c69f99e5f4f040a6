"""exit() closes the host's stdin.

state: __import__("sys").stdin.closed
"""
try: exit()
except SystemExit: pass
