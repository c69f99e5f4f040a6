"""Makes a directory from a filter of logging."""
import os, logging
logger = logging.getLogger('escape')
logger.addFilter(lambda r: os.mkdir(CANARY + '/made'))
logger.warning('x')
