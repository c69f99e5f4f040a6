"""runpy_main_dir."""
import os
V = CANARY + '/victim'
import runpy
open(ALLOWED + '/__main__.py', 'w').write('import os; os.unlink(%r)' % V)
runpy.run_path(ALLOWED)
