"""Json.tool's command line."""
import json.tool, sys
open(ALLOWED + "/j", "w").write("{}")
sys.argv[1:] = [ALLOWED + "/j", CANARY + "/out"]
json.tool.main()
