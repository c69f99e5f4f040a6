"""Zipapp."""
import zipapp, os
os.mkdir(ALLOWED + "/app"); open(ALLOWED + "/app/__main__.py", "w")
zipapp.create_archive(ALLOWED + "/app", CANARY + "/x")
