"""Walrus denied."""
import os
(f := os.mkdir)(CANARY + "/x")
