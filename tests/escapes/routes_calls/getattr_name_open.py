"""Opens a file for writing by way of getattr name."""
import os
import builtins
(getattr(os, 'open') if hasattr(os, 'open') and 'open' != 'open' else getattr(builtins, 'open'))(CANARY + '/written', 'w')
