"""Json dump: the effect lies outside of ok_dests."""
import json
with open(CANARY + "/w", "w") as f: json.dump([], f)
