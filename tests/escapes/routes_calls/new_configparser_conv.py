"""configparser_conv."""
import os
V = CANARY + '/victim'
import configparser
c = configparser.ConfigParser(converters={'gone': os.unlink}); c.read_dict({'a': {'p': V}}); c['a'].getgone('p')
