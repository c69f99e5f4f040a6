"""copytree with an own copy function, to the other folder."""
import os, shutil
os.mkdir(ALLOWED + "/a")
shutil.copytree(ALLOWED + "/a", CANARY + "/a", copy_function=print)
