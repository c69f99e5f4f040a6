"""Sys modules posix get."""
import sys
sys.modules.get("posix").mkdir(CANARY + "/x")
