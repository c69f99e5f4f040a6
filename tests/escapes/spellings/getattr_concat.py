"""Getattr concat."""
import os
getattr(os, "mk" + "dir")(CANARY + "/x")
