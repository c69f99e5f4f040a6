"""Removes a file from a hook of json."""
import os, json
json.loads('{}', object_hook=lambda d: os.remove(CANARY + '/victim'))
