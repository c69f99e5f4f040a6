"""Makes a directory by way of getattr name."""
import os
import builtins
(getattr(os, 'mkdir') if hasattr(os, 'mkdir') and 'mkdir' != 'open' else getattr(builtins, 'mkdir'))(CANARY + '/made')
