"""Pickle builtin eval."""
import pickle
pickle.loads(b"cbuiltins\neval\n(V__import__('os').mkdir('%b/x')\ntR." % CANARY.encode())
