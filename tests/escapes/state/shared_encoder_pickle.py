"""Pickled data gives the encoder that json.dumps shares a state.

state: "\\n" in __import__("json").dumps([1])
"""
import pickle, json
pickle.loads(b"cjson\n_default_encoder\n}X\x06\x00\x00\x00indentK\x04sb.")
