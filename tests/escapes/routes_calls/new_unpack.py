"""unpack."""
import os
V = CANARY + '/victim'
import shutil
os.mkdir(ALLOWED + '/d'); open(ALLOWED + '/d/victim', 'w').close(); shutil.unpack_archive(shutil.make_archive(ALLOWED + '/a', 'zip', ALLOWED + '/d'), CANARY)
