"""Vars os."""
import os
vars(os)["mkdir"](CANARY + "/x")
