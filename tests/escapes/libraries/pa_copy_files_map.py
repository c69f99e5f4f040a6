"""pyarrow copies a file natively."""
from pyarrow import fs
list(map(fs.copy_files, [CANARY + "/victim"], [CANARY + "/w"]))
