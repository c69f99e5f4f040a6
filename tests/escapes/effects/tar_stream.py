"""tarfile's low-level stream."""
import tarfile
tarfile._Stream(CANARY + "/x", "w", "tar", None, 512).close()
