"""Import posix: the effect lies outside of ok_dests."""
import posix
posix.system("touch " + CANARY + "/w")
