"""fileinput makes a backup of what it edits in place."""
import fileinput
for line in fileinput.FileInput(CANARY + "/victim", inplace=True, backup=".b"):
    print("x")
