"""marshal_in_dict."""
import os
V = CANARY + '/victim'
import marshal
exec(marshal.loads(marshal.dumps({'a': compile('import os; os.unlink(%r)' % V, '', 'exec')}))['a'])
