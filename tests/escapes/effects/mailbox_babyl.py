"""A Babyl file is made."""
import mailbox
b = mailbox.Babyl(CANARY + "/box"); b.add("From: a\n\nb"); b.close()
