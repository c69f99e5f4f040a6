"""Signal handler: state of the host is overwritten.

state: __import__("signal").getsignal(__import__("signal").SIGUSR1) == 1
"""
import signal
signal.signal(signal.SIGUSR1, signal.SIG_IGN)
