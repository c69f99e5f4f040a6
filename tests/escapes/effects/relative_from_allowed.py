"""A relative path after chdir to the allowed folder."""
import os
os.chdir(ALLOWED)
open("../canary/new", "w")
