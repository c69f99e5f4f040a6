"""OpenSSL opens the file of its key log itself."""
import ssl
ssl.create_default_context().keylog_filename = CANARY + "/keys"
