"""Opens a file for writing by way of lambda default."""
import os
(lambda f=open: f(CANARY + '/written', 'w'))()
