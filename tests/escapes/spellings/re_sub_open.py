"""Re sub open."""
import re
re.sub(".*", lambda m: open(m.group(), "w") and "", CANARY + "/x")
