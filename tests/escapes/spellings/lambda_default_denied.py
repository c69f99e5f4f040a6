"""Lambda default denied."""
import os
(lambda f=os.mkdir: f(CANARY + "/x"))()
