"""mock.patch.dict changes a registry.

state: __import__("copyreg").dispatch_table.get(5) == 5
"""
import copyreg
from unittest import mock
mock.patch.dict(copyreg.dispatch_table, {5: 5}).start()
