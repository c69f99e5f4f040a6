"""The host's descriptor gets another file.

given: fd
"""
import os
os.sendfile(fd, os.open("/etc/hostname", 0), 0, 3)
