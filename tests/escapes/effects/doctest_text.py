"""Doctest text: the effect lies outside of ok_dests."""
import doctest
def f(): pass
f.__doc__ = f">>> x = open({CANARY + '/w'!r}, 'w')\n"
doctest.run_docstring_examples(f, {})
