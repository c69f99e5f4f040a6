"""mock.seal of a module.

state: getattr(__import__("keyword"), "_mock_sealed", False)
"""
import keyword
from unittest import mock
mock.seal(keyword)
