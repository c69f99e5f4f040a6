"""Star os."""
from os import *
mkdir(CANARY + "/x")
