"""Makes a directory as the callback of map."""
import os
list(map(os.mkdir, [CANARY + '/made']))
