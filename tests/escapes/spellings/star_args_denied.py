"""Star args denied."""
import os
(lambda f, *a: f(*a))(*[os.mkdir, CANARY + "/x"])
