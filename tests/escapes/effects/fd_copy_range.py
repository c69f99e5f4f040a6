"""The host's descriptor gets a range of another.

given: fd
"""
import os
os.copy_file_range(os.open("/etc/hostname", 0), fd, 3)
