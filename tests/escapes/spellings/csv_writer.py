"""Csv writer."""
import csv
csv.writer(open(CANARY + "/x", "w")).writerow([1])
