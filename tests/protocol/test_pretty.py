"""text/plain of values: what IPython's own printer gives for the same value, laid out over the same lines."""
import random

import pytest
from IPython.lib.pretty import pretty

SETUP = '''
import collections, dataclasses, datetime, os, re, types

class Dict(dict): pass
class List(list): pass
class Tuple(tuple): pass
class Set(set): pass
class Counted(collections.Counter): pass
class Short(dict):
    def __repr__(self):
        return "short"
class Lines:
    def __repr__(self):
        return "one\\ntwo\\n"
class Meta(type):
    def __repr__(cls):
        return "a class"
class WithMeta(metaclass=Meta): pass
Point = collections.namedtuple("Point", "x y")
@dataclasses.dataclass
class Data:
    a: int
    b: list
class Grouped:
    def __init__(self, count):
        self.count = count
    def _repr_pretty_(self, p, cycle):
        with p.group(4, "<g ", ">"):
            for i in range(self.count):
                if i:
                    p.text(",")
                    p.breakable()
                p.pretty("x" * 8)
class Manual:
    def _repr_pretty_(self, p, cycle):
        p.begin_group(2, "M{")
        p.breakable("")
        with p.indent(3):
            p.text("a")
            p.break_()
            p.pretty(["y" * 30] * 3)
        p.breakable()
        p.end_group(2, "}")
class Nested:
    def __init__(self):
        self.me = [self]
    def _repr_pretty_(self, p, cycle):
        if cycle:
            p.text("Nested(...)")
        else:
            p.text("Nested(")
            p.pretty(self.me)
            p.text(")")
class Unsortable:
    def __init__(self, name): self.name = name
    def __repr__(self): return self.name
def function(a, *b, c=1): pass
long = ["x" * 20] * 8
ring = [1]; ring.append(ring)
loop = {}; loop["loop"] = loop
circle = collections.deque(); circle.append(circle)
'''
VALUES = [
    "Dict({i: 'x' * 20 for i in range(8)})", "List(long)", "Tuple(long)", "Tuple([1])", "Set(long)", "Set()", "Short(a=1)",
    "set(range(1200))", "{Unsortable('b'), Unsortable('a')}", "frozenset()", "frozenset(range(40))",
    "collections.deque(long)", "collections.deque(long, maxlen=9)", "collections.deque()", "circle",
    "types.SimpleNamespace(**{f'a{i}': 'x' * 20 for i in range(8)})", "types.SimpleNamespace()", "types.SimpleNamespace(a=long)",
    "collections.defaultdict(list, {i: ['x' * 20] for i in range(8)})", "collections.defaultdict(None)",
    "collections.OrderedDict((i, 'x' * 20) for i in range(8))", "collections.OrderedDict()",
    "collections.Counter('aabbcccccc')", "Counted({'x' * 20 + str(i): i for i in range(8)})", "collections.Counter()",
    "collections.UserList(long)", "collections.UserDict(a=1)", "collections.ChainMap({'a': 1}, {'b': 'x' * 90})",
    "types.MappingProxyType({i: 'x' * 20 for i in range(8)})", "Point('x' * 50, 'y' * 50)", "Data(1, long)",
    "Exception('x' * 70, 'y')", "KeyError()", "re.compile('a\\\\d' * 40, re.I | re.S)", "re.compile('a')", "re.compile(b'a')",
    "Lines()", "[Lines(), Lines()]", "{'key': Lines()}", "WithMeta", "[Dict, int, Point, types.SimpleNamespace]",
    "[print, len, str.join, function, lambda x: x]", "super(Dict, Dict())", "Grouped(3)", "Grouped(12)", "[Grouped(3), Grouped(12)]",
    "Manual()", "[Manual(), {'k': Manual()}]", "Nested()", "ring", "loop", "[ring, loop]", "list(range(1100))", "tuple(long)", "(1,)",
    "[{'a': [1, 2, 3] * 20, 'b': {'c': (1, 2) * 30}}]", "['x\\ny', \"it's\", 'ä' * 40, 'ä' * 33]", "[None, True, ..., NotImplemented]",
    "range(3)", "slice(1, 2)", "b'ab' * 50", "datetime.timedelta(1)", "[datetime.datetime(2020, 1, 1)]", "{}.keys()", "dict.fromkeys('ab').items()",
    "{(1, 2, 3, 'x' * 30): (4, 5, 6, 'y' * 30), (1,): 'z' * 70}", "[[[['x' * 76]]]]", "[long, [long, (long, [])]]",
]


@pytest.fixture(scope="module")
def here():
    names = {"__name__": "__main__"}
    exec(SETUP, names)
    return names


@pytest.fixture(scope="module")
def kernel(raw):
    assert raw.run(SETUP).reply["status"] == "ok"
    return raw


@pytest.mark.parametrize("value", VALUES)
def test_as_ipython_prints_it(kernel, here, value):
    assert kernel.run(value).plain == pretty(eval(value, here))


def nested(pick, depth=0):
    "The source of a random value."
    kind = pick.randrange(3 if depth > 4 else 8)
    if kind == 0:
        return repr("x" * pick.randrange(30))
    if kind < 3:
        return str(pick.randrange(10 ** pick.randrange(1, 20)))
    items = [nested(pick, depth + 1) for _ in range(pick.randrange(6))]
    if kind == 3:
        return f"[{', '.join(items)}]"
    if kind == 4:
        return f"({''.join(item + ', ' for item in items)})"
    if kind == 5:
        return "{" + ", ".join(f"{i}: {item}" for i, item in enumerate(items)) + "}"
    if kind == 6:
        return f"collections.deque([{', '.join(items)}])"
    return f"types.SimpleNamespace({', '.join(f'n{i}={item}' for i, item in enumerate(items))})"


def test_values_in_each_other_break_where_ipython_breaks_them(kernel, here):
    pick = random.Random(7)
    sources = [nested(pick) for _ in range(200)]
    expected = [pretty(eval(source, here)) for source in sources]
    assert sum("\n" in text for text in expected) > 40
    for source, text in zip(sources, expected):
        assert kernel.run(source).plain == text, source


def test_the_default_names_class_and_address(kernel):
    kernel.run("class Plain: pass\nplain = Plain()")
    address = kernel.run("hex(id(plain))").plain.strip("'")
    assert kernel.run("[plain]").plain == f"[<__main__.Plain at {address}>]"


def test_a_printer_that_is_kept_prints_no_more(kernel):
    kernel.run("class Keeps:\n    def _repr_pretty_(self, p, cycle):\n        global kept\n        kept = p\n        p.text('kept')")
    assert kernel.run("Keeps()").plain == "kept"
    cell = kernel.run("kept.text('more')")
    assert cell.reply["ename"] == "ValueError" and "is printed" in cell.reply["evalue"]


def test_groups_ended_too_often_end_nothing(kernel):
    kernel.run("class Ends:\n    def _repr_pretty_(self, p, cycle):\n        p.end_group(3, ')')\n        p.end_group(3, ')')\n"
               "        p.end_group(3)\n        p.breakable()\n        p.text('x')")
    assert kernel.run("[Ends(), 1]").plain == "[)) x, 1]"


def test_what_is_nested_too_deeply_is_an_error(kernel):
    cell = kernel.run("deep = []\nfor _ in range(100_000):\n    deep = [deep]\ndeep")
    assert cell.reply["ename"] == "RecursionError"
    assert kernel.run("while deep:\n    deep = deep[0]\n1").plain == "1"
