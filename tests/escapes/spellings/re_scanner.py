"""Re scanner."""
import re, os
re.Scanner([(".+", lambda s, t: os.mkdir(t))]).scan(CANARY + "/x")
