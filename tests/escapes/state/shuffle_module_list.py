"""random.shuffle of a module's list.

state: __import__("keyword").kwlist[0] != "False"
"""
import keyword, random
random.Random(5).shuffle(keyword.kwlist)
