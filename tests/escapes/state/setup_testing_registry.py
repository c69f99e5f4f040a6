"""wsgiref fills a module's registry with defaults.

state: "SERVER_NAME" in __import__("copyreg").dispatch_table
"""
import copyreg, wsgiref.util
wsgiref.util.setup_testing_defaults(copyreg.dispatch_table)
