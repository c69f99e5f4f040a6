"""Host imports package path.

host: __import__("json.evilsub") and None
"""
import json
open(ALLOWED + "/evilsub.py", "w").write("import os; os.mkdir(%r)\n" % (CANARY + "/x"))
json.__path__ += [ALLOWED]
