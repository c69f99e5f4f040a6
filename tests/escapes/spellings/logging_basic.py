"""Logging basic."""
import logging
logging.basicConfig(filename=CANARY + "/x", force=True)
