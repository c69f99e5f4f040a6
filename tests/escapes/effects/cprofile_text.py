"""Cprofile text: the effect lies outside of ok_dests."""
import cProfile
cProfile.run(f"open({CANARY + '/w'!r}, 'w')")
