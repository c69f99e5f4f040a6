"""Ssl keylog."""
import ssl
c = ssl.create_default_context(); c.keylog_filename = CANARY + "/x"
