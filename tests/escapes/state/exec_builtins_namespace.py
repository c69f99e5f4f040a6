"""exec with the namespace of builtins.

state: getattr(__import__("builtins"), "planted", 0) == 5
"""
exec("planted = 5", __builtins__ if isinstance(__builtins__, dict) else vars(__builtins__))
