"""A weak reference whose callback is a library's class, which opens the file that the reference says it is."""
import logging
import weakref


class Reference(weakref.ref):
    def __fspath__(self, path=CANARY + "/new"):
        return path


class Anything:
    pass


thing = Anything()
kept = Reference(thing, logging.FileHandler)
