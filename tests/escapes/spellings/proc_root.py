"""Proc root."""
open("/proc/self/root" + CANARY + "/x", "w")
