"""The limits of the shared instance of reprlib.

state: __import__("reprlib").aRepr.maxstring == 999
"""
import reprlib
reprlib.aRepr.maxstring = 999
