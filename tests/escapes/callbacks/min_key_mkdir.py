"""Makes a directory as a key of min."""
import os
min([CANARY + '/made'], key=os.mkdir) if False else min([CANARY + '/made', CANARY + '/made'], key=os.mkdir)
