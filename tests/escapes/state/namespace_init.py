"""argparse.Namespace.__init__ sets any attribute of any object.

state: __import__("keyword").kwlist == 5
"""
import argparse, keyword
argparse.Namespace.__init__(keyword, kwlist=5)
