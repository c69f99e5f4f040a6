"""operator.delitem on a module's list.

state: len(__import__("keyword").softkwlist) == 0
"""
import keyword, operator
operator.delitem(keyword.softkwlist, slice(None))
