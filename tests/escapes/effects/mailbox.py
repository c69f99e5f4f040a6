"""Mailbox: the effect lies outside of ok_dests."""
import mailbox
mailbox.mbox(CANARY + "/w").add("x")
