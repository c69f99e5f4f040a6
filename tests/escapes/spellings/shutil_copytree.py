"""Shutil copytree."""
import shutil
shutil.copytree("/etc/apt", CANARY + "/x") if __import__("os").path.isdir("/etc/apt") else shutil.copytree(ALLOWED, CANARY + "/x")
