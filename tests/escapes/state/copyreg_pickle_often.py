"""copyreg.pickle, after it has worked for a class of one's own so often that its store asks nobody any more.

state: range in __import__("copyreg").dispatch_table
"""
import copyreg
class Own:
    pass
def mine(value):
    return str, ("x",)
for _ in range(50):
    copyreg.pickle(Own, mine)
copyreg.pickle(range, mine)
