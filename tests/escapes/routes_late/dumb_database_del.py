"""A database of dbm.dumb writes its files when it is finalized."""
import dbm.dumb
db = dbm.dumb.open(ALLOWED + "/x", "c")
db[b"a"] = b"b"
db._dirfile = CANARY + "/victim"
db._bakfile = CANARY + "/moved"
