"""JSON's memo fills a module's registry.

state: "planted" in __import__("copyreg").dispatch_table
"""
import copyreg, json
scanner = json.decoder.JSONDecoder()
json.decoder.JSONObject(('"planted": 5}', 0), True, lambda s, i: (5, i + 1), None, None, copyreg.dispatch_table)
