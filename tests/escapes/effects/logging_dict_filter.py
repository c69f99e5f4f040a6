"""dictConfig's filter factory is a function by its name."""
import logging.config
logging.config.dictConfig({"version": 1, "filters": {"f": {"()": "pathlib.Path", "name": 1}}, "formatters": {"g": {"()": "ext://os.makedirs", "name": CANARY + "/x"}}})
