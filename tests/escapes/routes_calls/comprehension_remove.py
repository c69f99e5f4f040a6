"""Removes a file by way of comprehension."""
import os
[f(CANARY + '/victim') for f in [os.remove]]
