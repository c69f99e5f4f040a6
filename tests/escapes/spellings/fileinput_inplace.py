"""Fileinput inplace."""
import fileinput
for l in fileinput.FileInput(CANARY + "/victim", inplace=True): print("x")
