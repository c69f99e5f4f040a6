"""Mailbox mh."""
import mailbox
mailbox.MH(CANARY + "/m", create=True)
