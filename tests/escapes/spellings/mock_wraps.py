"""Mock wraps."""
import unittest.mock as m, os
m.Mock(wraps=os).mkdir(CANARY + "/x")
