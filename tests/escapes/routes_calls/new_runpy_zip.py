"""runpy_zip."""
import os
V = CANARY + '/victim'
import runpy, zipfile
with zipfile.ZipFile(ALLOWED + '/z.zip', 'w') as z: z.writestr('__main__.py', 'import os; os.unlink(%r)' % V)
runpy.run_path(ALLOWED + '/z.zip')
