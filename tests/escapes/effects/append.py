"""Append: the effect lies outside of ok_dests."""
f = open(CANARY + "/victim", "a")
f.write("more")
f.close()
