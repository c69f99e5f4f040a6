"""Makes a directory by way of alias."""
import os
f = os.mkdir
f(CANARY + '/made')
