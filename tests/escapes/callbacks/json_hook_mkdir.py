"""Makes a directory from a hook of json."""
import os, json
json.loads('{}', object_hook=lambda d: os.mkdir(CANARY + '/made'))
