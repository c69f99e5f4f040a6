"""Gettext puts a function into builtins.

state: hasattr(__import__("builtins"), "_") and __import__("builtins")._ is not None
"""
import gettext
gettext.NullTranslations().install()
