"""Aliases of encodings.

state: "evil" in __import__("encodings.aliases").aliases.aliases
"""
import encodings.aliases
encodings.aliases.aliases["evil"] = "utf_8"
