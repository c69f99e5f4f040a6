"""zip_extract_member."""
import os
V = CANARY + '/victim'
import zipfile
with zipfile.ZipFile(ALLOWED + '/z', 'w') as z: z.writestr('victim', 'x')
z = zipfile.ZipFile(ALLOWED + '/z'); z._extract_member('victim', CANARY, None)
