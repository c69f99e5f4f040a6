"""mock.patch.dict changes a registry that text names.

state: __import__("copyreg").dispatch_table.get(5) == 5
"""
from unittest import mock
mock.patch.dict("copyreg.dispatch_table", {5: 5}).start()
