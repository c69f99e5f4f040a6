"""Makes a directory by way of comprehension."""
import os
[f(CANARY + '/made') for f in [os.mkdir]]
