"""Fileinput: the effect lies outside of ok_dests."""
import fileinput
for line in fileinput.input(CANARY + "/victim", inplace=True): pass
