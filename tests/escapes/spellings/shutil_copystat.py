"""Shutil copystat."""
import shutil
shutil.copymode("/etc/hostname", CANARY + "/victim"); shutil.copystat("/bin/sh", CANARY + "/victim")
