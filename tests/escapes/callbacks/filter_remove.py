"""Removes a file as the callback of filter."""
import os
list(filter(os.remove, [CANARY + '/victim']))
