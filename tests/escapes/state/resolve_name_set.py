"""A library's dict by logging's resolver.

state: __import__("copyreg").dispatch_table.get(5) == 5
"""
import logging.config
c = logging.config.BaseConfigurator({})
t = c.resolve("copyreg.dispatch_table")
t[5] = 5
