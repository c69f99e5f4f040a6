"""The same through the slot of the class."""
import ssl
ssl.SSLContext.__setattr__(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "keylog_filename", CANARY + "/keys")
