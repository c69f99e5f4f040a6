"""Greenlet run."""
import greenlet
greenlet.greenlet(open).switch(CANARY + "/x", "w")
