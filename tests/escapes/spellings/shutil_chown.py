"""Shutil chown."""
import shutil, os
shutil.chown(CANARY + "/victim", os.getuid()); open(CANARY + "/x", "w")
