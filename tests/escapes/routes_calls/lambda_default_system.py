"""Starts a program by way of lambda default."""
import os
(lambda f=os.system: f('touch ' + CANARY + '/spawned'))()
