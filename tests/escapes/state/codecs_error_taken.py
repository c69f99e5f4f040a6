"""A handler of errors that all of the process decodes with is replaced.

state: __import__("codecs").lookup_error("ignore").__name__ == "mine"
"""
import codecs
def mine(error):
    return "x", error.end
codecs.register_error("ignore", mine)
