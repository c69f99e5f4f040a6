"""Starts a program from a filter of logging."""
import os, logging
logger = logging.getLogger('escape')
logger.addFilter(lambda r: os.system('touch ' + CANARY + '/spawned'))
logger.warning('x')
