"""Unittest run."""
import unittest, os
unittest.FunctionTestCase(lambda: os.mkdir(CANARY + "/x")).run()
