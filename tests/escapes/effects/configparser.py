"""Configparser: the effect lies outside of ok_dests."""
import configparser
with open(CANARY + "/w", "w") as f: configparser.ConfigParser().write(f)
