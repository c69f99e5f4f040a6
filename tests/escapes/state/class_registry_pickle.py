"""A class's registry by pickled data.

state: __import__("configparser").ConfigParser.BOOLEAN_STATES.get("1") is False
"""
import pickle
pickle.loads(b"cconfigparser\nConfigParser.BOOLEAN_STATES\n(V1\nI00\nu.".replace(b"cconfigparser\nConfigParser.BOOLEAN_STATES\n", b"\x80\x04\x8c\x0cconfigparser\x8c\x1bConfigParser.BOOLEAN_STATES\x93"))
