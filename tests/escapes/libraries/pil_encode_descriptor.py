"""Pillow's encoder writes to a descriptor of the host's.

given: fd
"""
from PIL import Image
im = Image.new("L", (4, 4)); im.load()
e = Image._getencoder("L", "raw", ("L", 0, 1))
e.setimage(im.im, (0, 0, 4, 4))
e.encode_to_file(fd, 65536)
