"""A keyword of a class with a hash of its own: how complex numbers are pickled.

state: __import__("copyreg").dispatch_table[complex].__module__ != "copyreg"
"""
import copyreg
class Key(str):
    def __hash__(self): return 5
    def __eq__(self, other): return str.__eq__(self, other)
    def __ne__(self, other): return str.__ne__(self, other)
def reduce(number): return int, ()
copyreg.pickle(**{Key("ob_type"): complex, "pickle_function": reduce})
