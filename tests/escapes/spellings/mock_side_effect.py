"""Mock side effect."""
import unittest.mock as m, os
m.Mock(side_effect=os.mkdir)(CANARY + "/x")
