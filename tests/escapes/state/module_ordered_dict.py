"""A library's ordered dict is emptied.

state: not __import__("token").EXACT_TOKEN_TYPES
"""
import token
token.EXACT_TOKEN_TYPES.clear()
