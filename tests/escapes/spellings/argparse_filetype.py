"""Argparse filetype."""
import argparse
p = argparse.ArgumentParser(); p.add_argument("x", type=argparse.FileType("w")); p.parse_args([CANARY + "/x"])
