"""Json hook denied."""
import json, os
json.loads('"x"'); json.loads('1.0', parse_float=lambda s: os.mkdir(CANARY + "/x"))
