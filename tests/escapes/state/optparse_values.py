"""optparse stores options in a module.

state: __import__("keyword").kwlist == "x"
"""
import optparse, keyword
parser = optparse.OptionParser()
parser.add_option("--kwlist")
parser.parse_args(["--kwlist", "x"], values=keyword)
