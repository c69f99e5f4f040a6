"""An MH folder is removed outside."""
import mailbox, os
m = mailbox.MH(ALLOWED + "/m")
os.path.exists(CANARY)
m._path = CANARY
m.add_folder("q")
