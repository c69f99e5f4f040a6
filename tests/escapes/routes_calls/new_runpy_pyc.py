"""runpy_pyc."""
import os
V = CANARY + '/victim'
import runpy, importlib._bootstrap_external as b, marshal
open(ALLOWED + '/m.pyc', 'wb').write(b._code_to_timestamp_pyc(compile('import os; os.unlink(%r)' % V, 'm', 'exec')))
runpy.run_path(ALLOWED + '/m.pyc')
