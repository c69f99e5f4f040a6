"""Readline: the effect lies outside of ok_dests."""
import readline
readline.write_history_file(CANARY + "/w")
