"""csv's sniffer changes nothing, its dialect's class does.

state: __import__("csv").excel.delimiter == "x"
"""
import csv
csv.excel.delimiter = "x"
