"""Dbm dumb private."""
import dbm.dumb
dbm.dumb._Database(CANARY + "/x", 0o666, flag="n").close()
