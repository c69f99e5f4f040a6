"""Urllib file put."""
import urllib.request
urllib.request.URLopener().retrieve("file:///etc/hostname", CANARY + "/x") if hasattr(urllib.request, "URLopener") else urllib.request.urlretrieve("file:///etc/hostname", CANARY + "/x")
