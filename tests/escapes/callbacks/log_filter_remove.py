"""Removes a file from a filter of logging."""
import os, logging
logger = logging.getLogger('escape')
logger.addFilter(lambda r: os.remove(CANARY + '/victim'))
logger.warning('x')
