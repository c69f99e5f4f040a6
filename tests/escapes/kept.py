"""A library, with a container of every kind that it keeps under a name."""
import array
import collections
import queue
import types
import weakref


class Key:
    "What weak containers hold."


class Queue(collections.deque):
    "A deque of the library's own."


class Registry(dict):
    "A dict of the library's own."


class Rows(list):
    "A list of the library's own."


class Names(set):
    "A set of the library's own."


class Buffer(bytearray):
    "Bytes of the library's own."


class Numbers(array.array):
    "Numbers of the library's own."


class Holder:
    "Keeps some as attributes of a class."
    queue = collections.deque([3, 1, 2])
    defaults = collections.defaultdict(list, a=[])


KEY = Key()
QUEUE = collections.deque([3, 1, 2])
ORDERED = collections.OrderedDict(a=1, b=2)
DEFAULTS = collections.defaultdict(list, a=[])
COUNTS = collections.Counter("aab")
BYTES = bytearray(b"abc")
NUMBERS = array.array("i", [3, 1, 2])
CHAIN = collections.ChainMap({"a": 1})
USER_DICT = collections.UserDict(a=1)
USER_LIST = collections.UserList([3, 1, 2])
SPACE = types.SimpleNamespace(a=1)
WEAK_KEYS = weakref.WeakKeyDictionary({KEY: 1})
WEAK_VALUES = weakref.WeakValueDictionary(a=KEY)
WEAK_SET = weakref.WeakSet([KEY])
JOBS = queue.Queue()
OWN_QUEUE = Queue([3, 1, 2])
_OWN_DICT = Registry(a=1)
_OWN_LIST = Rows([3, 1, 2])
OWN_SET = Names([3, 1, 2])
OWN_BYTES = Buffer(b"abc")
OWN_NUMBERS = Numbers("i", [3, 1, 2])
LIST = [3, 1, 2]


def note(value):
    "The library's own doing."
    QUEUE.append(value)
    ORDERED[value] = value
    BYTES.extend(b"x")


def fresh(kind=collections.deque):
    "What it makes for whoever asks."
    return kind([1, 2, 3])
