"""Unittest cleanup."""
import unittest, os
class T(unittest.TestCase):
    def test(self): self.addCleanup(os.mkdir, CANARY + "/x")
T("test").run()
