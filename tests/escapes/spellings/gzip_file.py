"""Gzip file."""
import gzip
gzip.GzipFile(CANARY + "/x", "w")
