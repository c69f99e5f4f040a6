"""Removes a file by way of container."""
import os
table = {'f': [os.remove]}
table['f'][0](CANARY + '/victim')
