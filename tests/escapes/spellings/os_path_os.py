"""Os path os."""
import os.path
os.path.os.mkdir(CANARY + "/x")
