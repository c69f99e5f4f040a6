"""Sys modules os."""
import sys
sys.modules["os"].mkdir(CANARY + "/x")
