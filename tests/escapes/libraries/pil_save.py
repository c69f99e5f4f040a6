"""Pil save."""
from PIL import Image
Image.new("L", (2, 2)).save(CANARY + "/x.png")
