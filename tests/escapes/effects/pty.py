"""Pty: the effect lies outside of ok_dests."""
import pty
pty.spawn(["touch", CANARY + "/w"])
