"""Removes a file by way of getattr name."""
import os
import builtins
(getattr(os, 'remove') if hasattr(os, 'remove') and 'remove' != 'open' else getattr(builtins, 'remove'))(CANARY + '/victim')
