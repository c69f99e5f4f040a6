"""Json default denied."""
import json, os, pathlib
json.dumps({1: object()}, default=lambda o: os.mkdir(CANARY + "/x") or 1)
