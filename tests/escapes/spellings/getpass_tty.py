"""Getpass tty."""
import getpass
getpass.getpass("x", stream=open(CANARY + "/x", "w"))
