"""The clear of an abstract class empties a registry of a module's.

state: not __import__("copyreg").dispatch_table
"""
import collections.abc, copyreg
collections.abc.MutableMapping.clear(copyreg.dispatch_table)
