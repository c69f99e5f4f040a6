"""Shutil move out."""
import shutil
shutil.move(CANARY + "/victim", ALLOWED)
