"""The decoder that json.loads shares is given another scanner.

state: __import__("json").loads("[]") == 5
"""
import json
json._default_decoder.scan_once = lambda s, i: (5, 2)
