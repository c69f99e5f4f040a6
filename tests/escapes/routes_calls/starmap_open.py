"""Opens a file for writing by way of starmap."""
import os
import itertools
list(itertools.starmap(open, [(CANARY + '/written', 'w',)]))
