"""Linecache write."""
import linecache
linecache.os.mkdir(CANARY + "/x")
