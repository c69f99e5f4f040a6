"""fileConfig evaluates the arguments."""
import io, logging.config
text = """[loggers]
keys=root
[handlers]
keys=h
[formatters]
keys=
[logger_root]
handlers=h
[handler_h]
class=NullHandler
args=(__import__("os").mkdir(%r),)
""" % (CANARY + "/log")
logging.config.fileConfig(io.StringIO(text))
