"""Codecs streamrecoder."""
import codecs
codecs.open(CANARY + "/x", "w", "utf-8")
