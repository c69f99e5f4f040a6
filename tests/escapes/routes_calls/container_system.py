"""Starts a program by way of container."""
import os
table = {'f': [os.system]}
table['f'][0]('touch ' + CANARY + '/spawned')
