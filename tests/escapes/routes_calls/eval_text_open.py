"""Opens a file for writing by way of eval text."""
import os
eval("open(*args)", {'os': os, 'args': (CANARY + '/written', 'w',)})
