"""Urlretrieve: the effect lies outside of ok_dests."""
import urllib.request
urllib.request.urlretrieve("file:///etc/hostname", CANARY + "/w")
