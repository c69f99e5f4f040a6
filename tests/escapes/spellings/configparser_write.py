"""Configparser write."""
import configparser
configparser.ConfigParser().write(open(CANARY + "/x", "w"))
