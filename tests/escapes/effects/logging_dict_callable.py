"""dictConfig's "()" names a function in text."""
import logging.config
logging.config.dictConfig({"version": 1, "handlers": {"h": {"()": "os.mkdir", "path": CANARY + "/x"}}, "root": {"handlers": ["h"]}})
