"""Ftp cache."""
import urllib.request
urllib.request.urlretrieve("data:,x", filename=CANARY + "/x")
