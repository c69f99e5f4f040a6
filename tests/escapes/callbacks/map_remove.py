"""Removes a file as the callback of map."""
import os
list(map(os.remove, [CANARY + '/victim']))
