"""Makes a directory by way of container."""
import os
table = {'f': [os.mkdir]}
table['f'][0](CANARY + '/made')
