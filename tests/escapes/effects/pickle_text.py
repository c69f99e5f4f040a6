"""Pickle text: the effect lies outside of ok_dests."""
import pickle
pickle.loads(b"cos\nsystem\n(S'touch " + CANARY.encode() + b"/w'\ntR.")
