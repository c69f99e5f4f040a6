"""Makes a directory from the replacement function of re.sub."""
import os, re
re.sub('x', lambda m: str(os.mkdir(CANARY + '/made')), 'x')
