"""Read plus: the effect lies outside of ok_dests."""
f = open(CANARY + "/victim", "r+")
f.write("changed")
f.close()
