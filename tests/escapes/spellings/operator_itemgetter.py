"""Operator itemgetter."""
import operator, os
operator.itemgetter("mkdir")(vars(os))(CANARY + "/x")
