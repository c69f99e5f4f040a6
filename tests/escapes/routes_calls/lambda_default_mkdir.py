"""Makes a directory by way of lambda default."""
import os
(lambda f=os.mkdir: f(CANARY + '/made'))()
