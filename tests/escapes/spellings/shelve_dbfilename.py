"""Shelve dbfilename."""
import shelve
shelve.DbfilenameShelf(CANARY + "/x").close()
