"""argparse stores to the encoder that json.dumps shares.

state: "\\n" in __import__("json").dumps([1])
"""
import json, argparse
p = argparse.ArgumentParser(); p.add_argument("--indent", type=int)
p.parse_args(["--indent", "4"], namespace=json._default_encoder)
