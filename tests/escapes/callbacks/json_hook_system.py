"""Starts a program from a hook of json."""
import os, json
json.loads('{}', object_hook=lambda d: os.system('touch ' + CANARY + '/spawned'))
