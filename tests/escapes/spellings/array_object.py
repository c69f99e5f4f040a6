"""Array object."""
import operator, os
operator.call(os.mkdir, CANARY + "/x")
