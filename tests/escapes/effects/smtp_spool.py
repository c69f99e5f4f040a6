"""Smtp spool: the effect lies outside of ok_dests."""
import csv
with open(CANARY + "/w", "w", newline="") as f: csv.writer(f).writerow([1])
