"""Opens a file for writing by way of alias."""
import os
f = open
f(CANARY + '/written', 'w')
