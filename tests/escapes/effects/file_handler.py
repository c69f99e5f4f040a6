"""File handler: the effect lies outside of ok_dests."""
import logging
logging.FileHandler(CANARY + "/w")
