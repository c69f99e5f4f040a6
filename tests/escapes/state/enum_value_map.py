"""The values of an enumeration of the library.

state: __import__("signal").Signals(9).name == "SIGINT"
"""
import signal
signal.Signals._value2member_map_[9] = signal.SIGINT
