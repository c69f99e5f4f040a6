"""Gzip sub."""
import gzip
class G(gzip.GzipFile): pass
G(CANARY + "/x", "w")
