"""runpy_path."""
import os
V = CANARY + '/victim'
import runpy
open(ALLOWED + '/m.py', 'w').write('import os; os.unlink(%r)' % V)
runpy.run_path(ALLOWED + '/m.py')
