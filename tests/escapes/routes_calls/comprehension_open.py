"""Opens a file for writing by way of comprehension."""
import os
[f(CANARY + '/written', 'w') for f in [open]]
