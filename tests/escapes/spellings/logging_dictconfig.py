"""Logging dictconfig."""
import logging.config
logging.config.dictConfig({"version": 1, "handlers": {"h": {"class": "logging.FileHandler", "filename": CANARY + "/x"}}, "root": {"handlers": ["h"]}})
