"""Inspect get annotations."""
import inspect
def f(a: "open(CANARY + '/x', 'w')"): pass
inspect.get_annotations(f, eval_str=True)
