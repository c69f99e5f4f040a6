"""Removes a file by way of lambda default."""
import os
(lambda f=os.remove: f(CANARY + '/victim'))()
