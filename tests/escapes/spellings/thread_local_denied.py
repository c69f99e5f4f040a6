"""Thread local denied."""
import threading, os
l = threading.local(); l.f = os.mkdir; l.f(CANARY + "/x")
