"""A path full of dots that begins in the allowed folder."""
open(ALLOWED + "/./../allowed/.././canary/new", "w")
