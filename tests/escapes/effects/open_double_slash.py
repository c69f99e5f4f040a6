"""A path with two slashes in front."""
open("/" + CANARY + "//new", "w")
