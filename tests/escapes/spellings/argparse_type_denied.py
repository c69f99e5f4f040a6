"""Argparse type denied."""
import argparse, os
p = argparse.ArgumentParser(); p.add_argument("x", type=os.mkdir); p.parse_args([CANARY + "/x"])
