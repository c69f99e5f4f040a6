"""Logging dictconfig ext."""
import logging.config
logging.config.dictConfig({"version": 1, "handlers": {"h": {"()": "os.mkdir", "path": CANARY + "/x"}}})
