"""What isinstance() says of dicts is forgotten.

state: not isinstance({}, __import__("collections.abc").abc.Mapping)
"""
import abc, collections.abc
abc._reset_registry(collections.abc.Mapping); abc._reset_registry(collections.abc.MutableMapping); abc._reset_caches(collections.abc.Mapping)
