"""mock.patch.multiple changes a module.

state: __import__("keyword").kwlist == 5
"""
from unittest import mock
mock.patch.multiple("keyword", kwlist=5).start()
