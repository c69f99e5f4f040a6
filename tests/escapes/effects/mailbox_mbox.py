"""An mbox is made."""
import mailbox
mailbox.mbox(CANARY + "/box").add("From: a\n\nb")
