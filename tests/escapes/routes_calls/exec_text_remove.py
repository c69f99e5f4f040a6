"""Removes a file by way of exec text."""
import os
exec("import os\nos.remove(" + repr((CANARY + '/victim',))[1:-1].rstrip(',') + ")")
