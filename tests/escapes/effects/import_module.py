"""Import module: the effect lies outside of ok_dests."""
import importlib
importlib.import_module("os").system("touch " + CANARY + "/w")
