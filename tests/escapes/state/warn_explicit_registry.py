"""warnings.warn_explicit writes its registry into a table of the host's.

state: "version" in __import__("copyreg").dispatch_table
"""
import copyreg, warnings
warnings.warn_explicit("m", UserWarning, "f", 1, "x", copyreg.dispatch_table)
