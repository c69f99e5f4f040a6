"""Fileinput hook."""
import fileinput
list(fileinput.FileInput([CANARY + "/x"], openhook=lambda f, m: open(f, "w+")))
