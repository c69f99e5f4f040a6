"""An MH folder that leaves the box."""
import mailbox
m = mailbox.MH(ALLOWED + "/m")
m.add_folder("../../canary/x")
