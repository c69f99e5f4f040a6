"""Unittest module cleanup."""
import unittest, os
unittest.addModuleCleanup(os.mkdir, CANARY + "/x"); unittest.case.doModuleCleanups()
