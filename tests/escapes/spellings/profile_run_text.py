"""Profile run text."""
import profile
profile.Profile().runctx("open(%r, 'w')" % (CANARY + "/x"), {}, {})
