"""Zipfile's command line."""
import zipfile
zipfile.main(["-c", CANARY + "/z.zip", CANARY + "/victim"])
