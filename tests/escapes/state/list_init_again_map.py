"""list.__init__ is mapped over the finders of modules.

state: __import__("sys").meta_path == []
"""
import sys, operator
list(map(list.__init__, [operator.attrgetter("meta_path")(sys)]))
