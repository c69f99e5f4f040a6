"""Update wrapper: state of the host is overwritten.

state: __import__("json").loads.__name__ == "dumps"
"""
import functools, json
functools.update_wrapper(json.loads, json.dumps)
