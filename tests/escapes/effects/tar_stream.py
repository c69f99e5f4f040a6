"""tarfile's low-level stream."""
import tarfile
try:
    tarfile._Stream(CANARY + "/x", "w", "tar", None, 512).close()
except TypeError:  # newer ones want a level of compression
    tarfile._Stream(CANARY + "/x", "w", "tar", None, 512, 9).close()
