"""Starts a program by way of exec text."""
import os
exec("import os\nos.system(" + repr(('touch ' + CANARY + '/spawned',))[1:-1].rstrip(',') + ")")
