"""Os via glob."""
import glob
glob.os.remove(CANARY + "/victim")
