"""Opens a file for writing by way of container."""
import os
table = {'f': [open]}
table['f'][0](CANARY + '/written', 'w')
