"""fileConfig makes a handler."""
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
class=FileHandler
args=(%r,)
""" % (CANARY + "/log")
logging.config.fileConfig(io.StringIO(text))
