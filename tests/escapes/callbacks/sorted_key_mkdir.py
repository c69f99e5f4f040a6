"""Makes a directory as a sort key."""
import os
sorted([CANARY + '/made'], key=os.mkdir)
