"""Makes a directory as the callback of filter."""
import os
list(filter(os.mkdir, [CANARY + '/made']))
