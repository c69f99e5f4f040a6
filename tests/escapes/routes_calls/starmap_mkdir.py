"""Makes a directory by way of starmap."""
import os
import itertools
list(itertools.starmap(os.mkdir, [(CANARY + '/made',)]))
