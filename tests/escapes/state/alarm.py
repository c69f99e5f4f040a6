"""Alarm: state of the host is overwritten.

state: __import__("signal").alarm(0) > 0
"""
import signal
signal.signal(signal.SIGALRM, signal.SIG_IGN)
signal.alarm(100)
