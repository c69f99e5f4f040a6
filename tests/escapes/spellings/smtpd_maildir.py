"""Smtpd maildir."""
import mailbox
mailbox.Maildir(CANARY + "/m", create=True)
