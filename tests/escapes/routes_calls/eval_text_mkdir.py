"""Makes a directory by way of eval text."""
import os
eval("os.mkdir(*args)", {'os': os, 'args': (CANARY + '/made',)})
