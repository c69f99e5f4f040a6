"""Cells of people who use what Python 3.14 and 3.15 brought: ordinary ones, which must end well, and accidents, after which `victim`,
a file in the current folder, and `treasure/kept` must be as they were. Each has the first Python that it is for."""

ORDINARY = {
    "compile for a module": (3, 15, """
names = {}
exec(compile("x = 6 * 7", "f.py", "exec", module="f"), names)
assert names["x"] == 42
"""),
    # PEP 750: template strings
    "html": (3, 14, """
from html import escape
from string.templatelib import Interpolation, Template
def html(template: Template) -> str:
    return "".join(escape(str(part.value)) if isinstance(part, Interpolation) else part for part in template)
name = "<b>Ada & co</b>"
assert html(t"<p>{name}</p>") == "<p>&lt;b&gt;Ada &amp; co&lt;/b&gt;</p>"
"""),
    "sql": (3, 14, """
import sqlite3
def query(template):
    return "?".join(template.strings), template.values
base = sqlite3.connect(":memory:")
base.execute("create table people(name, age)")
for who, age in [("Ada", 36), ("Robert'); drop table people; --", 9)]:
    base.execute(*query(t"insert into people values ({who}, {age})"))
assert base.execute(*query(t"select count(*) from people where age > {5}")).fetchone() == (2,)
"""),
    "f from t": (3, 14, """
from string.templatelib import Interpolation, Template, convert
def f(template):
    return "".join(p if isinstance(p, str) else format(convert(p.value, p.conversion), p.format_spec) for p in template)
x, width = 3.14159, 10
assert f(t"{x:{width}.2f}|{'a'!r}|{x=}") == f"{x:{width}.2f}|{'a'!r}|{x=}"
"""),
    "matched": (3, 14, """
from string.templatelib import Interpolation
def kinds(template):
    for item in template:
        match item:
            case str() as text: yield "text", text
            case Interpolation(value, expression, None, ""): yield expression, value
            case Interpolation(value, _, conversion, spec): yield conversion, spec
user = "ada"
assert list(kinds(t"hi {user}, {1!r:>3}")) == [("text", "hi "), ("user", "ada"), ("text", ", "), ("r", ">3")]
"""),
    "structured log": (3, 14, """
import io, json, logging
class Message:
    def __init__(self, template): self.template = template
    def __str__(self):
        values = {i.expression: i.value for i in self.template.interpolations}
        return "".join(p if isinstance(p, str) else str(p.value) for p in self.template) + " " + json.dumps(values)
out = io.StringIO()
log = logging.getLogger("shop"); log.addHandler(logging.StreamHandler(out)); log.setLevel("INFO"); log.propagate = False
action, amount = "bought", 3
log.info(Message(t"{action} {amount}"))
assert out.getvalue() == 'bought 3 {"action": "bought", "amount": 3}\\n'
"""),
    "nested templates": (3, 14, """
from string.templatelib import Template
def flat(x):
    return "".join(p if isinstance(p, str) else flat(p.value) for p in x) if isinstance(x, Template) else str(x)
rows = [t"<li>{i}</li>" for i in range(3)]
page = t"<ul>{rows[0] + rows[1]}{rows[2]}</ul>"
assert flat(page) == "<ul><li>0</li><li>1</li><li>2</li></ul>"
"""),
    "lazy values": (3, 14, """
def late(template):
    return "".join(p if isinstance(p, str) else str(p.value() if callable(p.value) else p.value) for p in template)
count = 0
def cost():
    global count
    count += 1
    return count
template = t"{cost} and {(lambda: 7)}"
assert count == 0 and late(template) == "1 and 7"
"""),
    "template reflected": (3, 14, """
from string.templatelib import Interpolation, Template
t = Template("a", Interpolation(1, "x", "r", ".2"), "b")
assert t.strings == ("a", "b") and t.interpolations[0].conversion == "r" and t.values == (1,)
assert (t + t).strings == ("a", "ba", "b") and repr(t).startswith("Template(") and isinstance(t, Template)
"""),
    "template as a tree": (3, 14, """
import ast
tree = ast.parse("t'a {x!r:>{w}} b'")
node = tree.body[0].value
assert type(node) is ast.TemplateStr and type(node.values[1]) is ast.Interpolation and node.values[1].str == "x"
assert ast.compare(ast.parse(ast.unparse(tree)), tree)
"""),
    "template compiled": (3, 14, "code = compile(\"t'{1 + 1} of {n}'\", 'made', 'eval')\nn = 5\nassert eval(code).values == (2, 5)"),
    # PEP 649 and 749
    "tree of dataclasses": (3, 14, """
from dataclasses import dataclass, field, fields, asdict
from typing import get_type_hints
@dataclass
class Node:
    value: int
    children: list[Node] = field(default_factory=list, doc="below it")
    parent: Node | None = None
assert asdict(Node(1, [Node(2)]))["children"][0]["value"] == 2 and get_type_hints(Node)["parent"] == Node | None and fields(Node)[1].doc == "below it"
"""),
    "hints": (3, 14, """
import typing
class Shop:
    items: dict[str, Item]
    def best(self, by: typing.Callable[[Item], float]) -> Item | None: ...
class Item: ...
assert typing.get_type_hints(Shop) == {"items": dict[str, Item]} and typing.get_type_hints(Shop.best)["return"] == Item | None
"""),
    "formats": (3, 14, """
from annotationlib import Format, ForwardRef, get_annotations
def f(x: Missing, y: list[Missing], z: int = 0) -> "text": ...
assert get_annotations(f, format=Format.STRING) == {"x": "Missing", "y": "list[Missing]", "z": "int", "return": "text"}
found = get_annotations(f, format=Format.FORWARDREF)
assert isinstance(found["x"], ForwardRef) and found["z"] is int
Missing = float
assert found["x"].evaluate() is float and get_annotations(f)["y"] == list[float]
"""),
    "validated": (3, 14, """
import functools, inspect
def checked(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        signature = inspect.signature(function)
        for name, value in signature.bind(*args, **kwargs).arguments.items():
            wanted = signature.parameters[name].annotation
            if wanted is not inspect.Parameter.empty and not isinstance(value, wanted):
                raise TypeError(f"{name}: {wanted}")
        return function(*args, **kwargs)
    return inner
@checked
def area(w: int | float, h: int | float) -> float: return w * h
assert area(2, 3.5) == 7
try:
    area("2", 3)
except TypeError as error:
    assert "w" in str(error)
else:
    assert False
"""),
    "dispatch": (3, 14, """
import functools
@functools.singledispatch
def show(x): return "?"
@show.register
def _(x: int | float): return "number"
class Text:
    @functools.singledispatchmethod
    def of(self, x): return "?"
    @of.register
    def _(self, x: str): return "text"
assert (show(1), show(2.5), show(""), Text().of("a"), Text().of(1)) == ("number", "number", "?", "text", "?")
"""),
    "typed tuples": (3, 14, """
from typing import NamedTuple, Protocol, TypedDict, get_type_hints
class Move(NamedTuple):
    start: Place
    end: Place
class Place(TypedDict, total=False):
    x: int
    y: int
class Moves(Protocol):
    def go(self, m: Move) -> Place: ...
m = Move({"x": 1}, {"x": 2})
assert m.end["x"] == 2 and m._replace(start={}).start == {} and get_type_hints(Move)["start"] is Place and Moves.go.__annotations__["m"] is Move
"""),
    "signature as text": (3, 14, "import annotationlib, inspect\ndef f(a: Undefined, *b: int) -> Later[str]: ...\n"
                                 "assert inspect.signature(f, annotation_format=annotationlib.Format.STRING).format(quote_annotation_strings=False) == '(a: Undefined, *b: int) -> Later[str]'"),
    "annotate of ones own": (3, 14, """
import annotationlib
class Meta(type):
    def __new__(mcls, name, bases, space):
        annotate = annotationlib.get_annotate_from_class_namespace(space)
        made = super().__new__(mcls, name, bases, space)
        made.columns = annotationlib.call_annotate_function(annotate, annotationlib.Format.FORWARDREF, owner=made) if annotate else {}
        return made
class Table(metaclass=Meta):
    key: int
    other: Table
assert list(Table.columns) == ["key", "other"] and Table.columns["key"] is int
"""),
    "type text": (3, 14, "import annotationlib as a\nassert a.type_repr(int) == 'int' and a.annotations_to_string({'x': list[int], 'y': 'z'}) == {'x': 'list[int]', 'y': 'z'}"),
    "unions": (3, 14, "import types, typing\nassert types.UnionType is typing.Union and (int | None) == typing.Optional[int] and repr(typing.Union[int, str]) == 'int | str'\n"
                      "assert isinstance(1, int | str) and typing.get_args(int | str) == (int, str)"),
    "conditional annotations": (3, 14, "import sys, annotationlib\nclass C:\n    if sys.version_info > (3, 0):\n        new: int\n    else:\n        old: int\n"
                                       "assert C.__annotations__ == {'new': int}\nfor i in range(2):\n    v: str = 'a'\nassert __annotate__(1)['v'] is str"),
    "generic class": (3, 14, """
from dataclasses import dataclass
@dataclass(frozen=True, slots=True)
class Pair[A, B = A]:
    first: A
    second: B
    def swap(self) -> Pair[B, A]: return Pair(self.second, self.first)
assert Pair(1, "a").swap() == Pair("a", 1) and Pair.__type_params__[1].__default__ is Pair.__type_params__[0]
"""),
    # PEP 758, 765 and what else is of the language
    "except without brackets": (3, 14, """
def number(text):
    try:
        return float(text)
    except ValueError, TypeError:
        return None
assert [number(x) for x in ("1.5", "x", None)] == [1.5, None, None]
try:
    raise ExceptionGroup("g", [OSError(1), KeyError(2), ValueError(3)])
except* OSError, KeyError:
    some = True
except* ValueError as rest:
    others = rest.exceptions
assert some and others[0].args == (3,)
"""),
    "return in finally": (3, 14, "import warnings\nwith warnings.catch_warnings(record=True) as seen:\n    warnings.simplefilter('always')\n"
                                 "    exec(compile('def f():\\n  try: 1 / 0\\n  finally: return 5', 'made', 'exec'))\nassert f() == 5 and 'finally' in str(seen[0].message)"),
    "placeholder": (3, 14, """
from functools import Placeholder as _, partial, partialmethod, reduce
cut = partial(str.replace, _, "\\n", " ")
class C:
    def m(self, a, b): return a, b
    second = partialmethod(m, _, 2)
assert cut("a\\nb") == "a b" and C().second(1) == (1, 2) and reduce(lambda a, b: a + b, [1, 2], initial=10) == 13
"""),
    "strict map": (3, 14, "assert list(map(pow, [2, 3], [3, 2], strict=True)) == [8, 9]\ntry:\n    list(map(pow, [1], [2, 3], strict=True))\nexcept ValueError: ok = 1\nassert ok"),
    "numbers": (3, 14, "from decimal import Decimal\nfrom fractions import Fraction\nassert float.from_number(2) == 2.0 and complex.from_number(1) == 1 and Fraction.from_number(0.5) == Fraction(1, 2)\n"
                       "assert Decimal.from_number(3) == 3 and bytes.fromhex(b'0aff') == b'\\n\\xff' and memoryview[int].__args__ == (int,)"),
    "heaps": (3, 14, "import heapq\nh = [3, 1, 4, 1, 5]\nheapq.heapify_max(h)\nheapq.heappush_max(h, 9)\nassert [heapq.heappop_max(h) for i in range(3)] == [9, 5, 4] and heapq.heapreplace_max(h, 0) == 3"),
    "dates": (3, 14, "import datetime as d\nassert d.date.strptime('2026-11-29', '%Y-%m-%d') == d.date(2026, 11, 29) and d.time.strptime('12:30', '%H:%M').minute == 30"),
    "uuids": (3, 14, "import uuid\na, b = uuid.uuid7(), uuid.uuid7()\nassert a < b and a.version == 7 and uuid.uuid6().version == 6 and uuid.uuid8(1, 2, 3).version == 8 and uuid.NIL.int == 0"),
    "protocols of io": (3, 14, "import io\nassert isinstance(io.StringIO(), io.Reader) and isinstance(io.BytesIO(), io.Writer)"),
    "errors of json": (3, 14, "import json\ntry:\n    json.dumps({'a': [1, {2}]})\nexcept TypeError as e:\n    notes = e.__notes__\nassert \"when serializing dict item 'a'\" in notes"),
    "context manager of a variable": (3, 14, "from contextvars import ContextVar\nv = ContextVar('v', default=1)\nwith v.set(2):\n    inside = v.get()\nassert (inside, v.get()) == (2, 1)"),
    "operators": (3, 14, "import operator\nassert operator.is_none(None) and operator.is_not_none(0) and list(filter(operator.is_not_none, [None, 0])) == [0]"),
    "unittest": (3, 14, """
import io, unittest
class T(unittest.TestCase):
    def test(self):
        self.assertStartsWith("abc", "a"); self.assertHasAttr(self, "test"); self.assertIsSubclass(bool, int); self.assertEndsWith("abc", "c")
result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.defaultTestLoader.loadTestsFromTestCase(T))
assert result.wasSuccessful() and result.testsRun == 1
"""),
    # compression, archives, paths
    "zstd": (3, 14, """
from compression import zstd
data = b"a line of text\\n" * 5000
packed = zstd.compress(data, level=9)
assert len(packed) < 500 and zstd.decompress(packed) == data and zstd.get_frame_info(packed).decompressed_size == len(data)
made = zstd.ZstdCompressor()
assert zstd.ZstdDecompressor().decompress(made.compress(data) + made.flush()) == data
options = {zstd.CompressionParameter.checksum_flag: 1, zstd.CompressionParameter.strategy: zstd.Strategy.fast}
assert zstd.decompress(zstd.compress(data, options=options)) == data
"""),
    "zstd dictionaries": (3, 14, "from compression import zstd\nsamples = [b'{\"id\": %d, \"name\": \"user%d\", \"active\": true}' % (i, i * 7) for i in range(2000)]\n"
                                 "d = zstd.train_dict(samples, 4096)\nassert zstd.decompress(zstd.compress(samples[0], zstd_dict=d), zstd_dict=d) == samples[0]"),
    "zstd files": (3, 14, "import io\nfrom compression import zstd\nout = io.BytesIO()\nwith zstd.open(out, 'wt', encoding='utf-8') as f:\n    print('grüße', file=f)\n"
                          "out.seek(0)\nwith zstd.ZstdFile(out) as f:\n    assert f.read().decode() == 'grüße\\n'"),
    "zstd in dests": (3, 14, "from compression import zstd\nwith zstd.open('ok/made.zst', 'wb') as f:\n    f.write(b'abc' * 9)\nwith zstd.open('ok/made.zst') as f:\n    assert f.read() == b'abc' * 9"),
    "the others": (3, 14, "from compression import bz2, gzip, lzma, zlib\nfor m in (bz2, gzip, lzma, zlib):\n    assert m.decompress(m.compress(b'abc' * 50)) == b'abc' * 50"),
    "tar": (3, 14, "import io, tarfile\nout = io.BytesIO()\nwith tarfile.open(fileobj=out, mode='w:zst') as t:\n    info = tarfile.TarInfo('a'); info.size = 3\n    t.addfile(info, io.BytesIO(b'abc'))\n"
                   "out.seek(0)\nwith tarfile.open(fileobj=out) as t:\n    assert t.extractfile('a').read() == b'abc'\n    t.extractall('ok/tar')\nassert open('ok/tar/a').read() == 'abc'"),
    "zip": (3, 14, "import io, zipfile\nout = io.BytesIO()\nwith zipfile.ZipFile(out, 'w', zipfile.ZIP_ZSTANDARD) as z:\n    z.writestr('a.txt', 'abc' * 99)\n"
                   "with zipfile.ZipFile(out) as z:\n    assert z.read('a.txt') == b'abc' * 99 and z.infolist()[0].compress_type == zipfile.ZIP_ZSTANDARD"),
    "paths copied": (3, 14, """
from pathlib import Path
ok = Path("ok")
folder = ok / "folder"; folder.mkdir(exist_ok=True); (folder / "a.txt").write_text("abc")
assert folder.copy(ok / "copy").joinpath("a.txt").read_text() == "abc"
assert (ok / "copy" / "a.txt").copy_into(ok).name == "a.txt" and (ok / "a.txt").info.is_file()
assert Path("victim").copy(ok / "taken").read_text() == "keep" and Path("victim").copy_into(ok).exists()
"""),
    "paths moved": (3, 14, "from pathlib import Path\nok = Path('ok')\n(ok / 'm').mkdir(exist_ok=True); (ok / 'one').write_text('1')\n"
                           "assert (ok / 'one').move(ok / 'two').exists() and (ok / 'two').move_into(ok / 'm').read_text() == '1' and not (ok / 'one').exists()"),
    # threads, tasks
    "buffered executor": (3, 14, "from concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor(3) as pool:\n"
                                 "    assert list(pool.map(lambda x: x * x, range(20), buffersize=4)) == [x * x for x in range(20)]"),
    "call graph": (3, 14, """
import asyncio, io
async def leaf(): return asyncio.format_call_graph()
async def stem():
    async with asyncio.TaskGroup() as group:
        task = group.create_task(leaf(), name="a leaf")
    return task.result()
text = await stem()
assert "a leaf" in text and "leaf" in text
"""),
    "warnings in tasks": (3, 14, "import asyncio, warnings\nasync def one(n):\n    with warnings.catch_warnings(record=True) as seen:\n        warnings.simplefilter('always')\n"
                                 "        await asyncio.sleep(0)\n        warnings.warn(str(n))\n    return [str(w.message) for w in seen]\n"
                                 "async def both():\n    return await asyncio.gather(one(1))\nassert asyncio.run(both()) == [['1']]"),
    "context of a thread": (3, 14, "import contextvars, threading\nv = contextvars.ContextVar('v', default='none')\nv.set('set')\nseen = []\n"
                                   "t = threading.Thread(target=lambda: seen.append(v.get()), context=contextvars.copy_context())\nt.start(); t.join()\nassert seen == ['set']"),
    "interpreters are named": (3, 14, "from concurrent import interpreters\nassert interpreters.get_main() == interpreters.get_current() and interpreters.is_shareable('a') and len(interpreters.list_all()) >= 1"),
    # 3.15
    "lazy imports": (3, 15, """
lazy import json
lazy import xml.etree.ElementTree as ET
lazy from collections import Counter, OrderedDict as OD
def count(words): return Counter(words).most_common(1)
assert count("aab") == [("a", 2)] and json.loads("[1]") == [1] and ET.fromstring("<a b='1'/>").get("b") == "1" and OD(a=1)["a"] == 1
"""),
    "lazy error": (3, 15, "lazy import no_such_module_at_all\ntry:\n    no_such_module_at_all.f()\nexcept ImportError as e:\n    r = e\nassert r.name == 'no_such_module_at_all'"),
    "lazy, looked at": (3, 15, "import sys, types\nlazy import wave\nassert type(globals()['wave']) is types.LazyImportType and sys.get_lazy_imports() in ('normal', 'all', 'none')\nassert wave.__name__ == 'wave'"),
    "lazy list": (3, 15, "__lazy_modules__ = ['csv', 'statistics']\nimport csv, io\nfrom statistics import mean\nassert list(csv.reader(io.StringIO('1,2'))) == [['1', '2']] and mean([1, 3]) == 2"),
    "frozendict": (3, 15, """
import copy, functools, json, pickle
@functools.lru_cache
def total(prices): return sum(prices.values())
prices = frozendict(apple=1, pear=2)
assert total(prices) == 3 and {prices: "x"}[frozendict(pear=2, apple=1)] == "x" and json.dumps(prices) == '{"apple": 1, "pear": 2}'
assert pickle.loads(pickle.dumps(prices)) == prices and copy.deepcopy(prices) == prices and prices | {"kiwi": 3} == {"apple": 1, "pear": 2, "kiwi": 3}
try:
    prices["apple"] = 9
except TypeError:
    prices |= {"fig": 4}
assert prices["fig"] == 4 and frozendict.fromkeys("ab", 0) == {"a": 0, "b": 0} and dict(**prices)["pear"] == 2 and list(reversed(prices))[0] == "fig"
match prices:
    case {"pear": n, **rest}: assert n == 2 and "apple" in rest
"""),
    "frozendict subclass": (3, 15, "class Settings(frozendict):\n    def __getattr__(self, name):\n        return self[name]\ns = Settings(host='a', port=1)\nassert s.port == 1 and hash(s) and isinstance(s | {'z': 1}, frozendict)"),
    "sentinel": (3, 15, "MISSING = sentinel('MISSING')\ndef f(x: int | MISSING = MISSING): return x is MISSING\nassert f() and not f(1) and repr(MISSING) == 'MISSING'\nimport copy\nassert copy.copy(MISSING) is MISSING"),
    "unpacking": (3, 15, "rows = [[1, 2], [3]]\nassert [*r for r in rows] == [1, 2, 3] and {*r for r in rows} == {1, 2, 3} and {**d for d in [{'a': 1}, {'b': 2}]} == {'a': 1, 'b': 2} and sum((*r for r in rows)) == 6"),
    "profiled": (3, 15, "import io, pstats\nfrom profiling.tracing import Profile\nwith Profile() as p:\n    sorted(str(i) for i in range(50))\nout = io.StringIO()\npstats.Stats(p, stream=out).sort_stats('cumulative').print_stats()\nassert 'function calls' in out.getvalue()"),
    "new numbers": (3, 15, "import math\nfrom math import integer\nassert integer.gcd(12, 18) == 6 and math.isnormal(1.0) and math.signbit(-0.0) and not math.issubnormal(1.0)"),
    "bytes taken": (3, 15, "b = bytearray(b'abcdef')\nassert b.take_bytes(2) == b'ab' and b == b'cdef'\nimport re\nassert re.prefixmatch('a+', 'aab').group() == 'aa'"),
    "iterators of threads": (3, 15, """
import threading
from concurrent.futures import ThreadPoolExecutor
numbers = threading.serialize_iterator(iter(range(200)))
with ThreadPoolExecutor(4) as pool:
    parts = list(pool.map(lambda _: [x for x in numbers], range(4)))
assert sorted(x for p in parts for x in p) == list(range(200))
@threading.synchronized_iterator
def squares():
    for i in range(4): yield i * i
assert list(squares()) == [0, 1, 4, 9]
left, right = threading.concurrent_tee(iter("ab"), n=2)
assert "".join(left) == "".join(right) == "ab"
"""),
    "types of forms": (3, 15, "from typing import TypedDict, TypeForm, NoExtraItems\nclass Movie(TypedDict, closed=True):\n    name: str\nclass Open(TypedDict, extra_items=int):\n    name: str\nassert Movie.__closed__ and Open.__extra_items__ is int and TypeForm(int) is int"),
    "counters": (3, 15, "from collections import Counter\nassert Counter('aab') ^ Counter('abb') == Counter('ab')\nimport tomllib\nassert tomllib.loads('a = {x = 1,\\n y = 2}') == {'a': {'x': 1, 'y': 2}}"),
    "text is UTF-8": (3, 15, "import pathlib\npathlib.Path('ok/text').write_text('grüße')\nassert open('ok/text').read() == 'grüße' and open('ok/text', 'rb').read() == 'grüße'.encode()"),
}

_R = "__import__('os').remove('victim')"
ACCIDENTS = {
    "move over a file": (3, 14, "from pathlib import Path\nPath('ok/mine').write_text('x')\nPath('ok/mine').move('victim')"),
    "move a folder away": (3, 14, "from pathlib import Path\nPath('treasure').move('ok/treasure')"),
    "move into": (3, 14, "from pathlib import Path\nPath('victim').move_into('ok')"),
    "move, renamed": (3, 14, "from pathlib import Path\nm = Path.move\nm(Path('victim'), 'elsewhere')"),
    "move, mapped": (3, 14, "from pathlib import Path\nlist(map(Path.move_into, map(Path, ['victim', 'treasure']), ['ok', 'ok']))"),
    "copy over a file": (3, 14, "from pathlib import Path\nPath('ok/mine').write_text('x')\nPath('ok/mine').copy('victim')"),
    "copy into, same name": (3, 14, "from pathlib import Path\nPath('ok/kept').write_text('x')\nPath('ok/kept').copy_into('treasure')"),
    "copy through a link": (3, 14, "from pathlib import Path\nPath('ok/mine').write_text('x')\nPath('ok/link').symlink_to(Path('victim').absolute())\nPath('ok/mine').copy('ok/link')"),
    "a path class": (3, 14, "from pathlib import Path\nclass P(Path):\n    def tidy(self): self.move(self.with_suffix('.old'))\nP('victim').tidy()"),
    "copier's inside": (3, 14, "import pathlib\npathlib.Path('victim')._copy_from(pathlib.Path(__import__('os').devnull))"),
    "copyfileobj of os": (3, 14, "import pathlib._os as o\nwith open('ok/e', 'w+b') as a, open('victim', 'r+b') as b:\n    b.truncate(0)\n    o.copyfileobj(a, b)"),
    "zstd w": (3, 14, "from compression import zstd\nzstd.open('victim', 'wt').close()"),
    "zstd a": (3, 14, "from compression import zstd\nwith zstd.ZstdFile('victim', 'a') as f: f.write(b'x')"),
    "zstd by path": (3, 14, "from compression import zstd\nfrom pathlib import Path\nzstd.ZstdFile(Path('victim'), mode='w').close()"),
    "zstd file's fp": (3, 14, "from compression import zstd\nclass F(zstd.ZstdFile): pass\nF('victim', 'wb').close()"),
    "lzma": (3, 14, "from compression import lzma\nlzma.open('victim', 'wb').close()"),
    "bz2": (3, 14, "from compression import bz2\nbz2.BZ2File('victim', 'w').close()"),
    "zip of zstd": (3, 14, "import zipfile\nzipfile.ZipFile('victim', 'w', compression=zipfile.ZIP_ZSTANDARD).close()"),
    "tar out": (3, 14, "import io, tarfile\nout = io.BytesIO()\nwith tarfile.open(fileobj=out, mode='w:zst') as t:\n    info = tarfile.TarInfo('victim'); info.size = 1\n    t.addfile(info, io.BytesIO(b'x'))\nout.seek(0)\ntarfile.open(fileobj=out).extractall('.')"),
    "archive of shutil": (3, 14, "import shutil\nopen('ok/victim', 'w').close()\nshutil.make_archive('ok/made', 'zstdtar', 'ok', 'victim')\nshutil.unpack_archive('ok/made.tar.zst', '.')"),
    "template run by hand": (3, 14, "import os\ndef sh(template): return os.system(''.join(p if isinstance(p, str) else str(p.value) for p in template))\nf = 'victim'\nsh(t'rm {f}')"),
    "template to subprocess": (3, 14, "import subprocess\nf = 'victim'\nsubprocess.run([p.value if not isinstance(p, str) else p.strip() for p in t'rm {f}'])"),
    "template converted": (3, 14, "import os\nfrom string.templatelib import convert\nclass C:\n    def __repr__(self): os.remove('victim'); return ''\nconvert(C(), 'r')"),
    "template's callable": (3, 14, "import os, functools\nfor i in t'{functools.partial(os.remove, \"victim\")}'.interpolations: i.value()"),
    "template in match": (3, 14, "import os\nfrom string.templatelib import Interpolation\nmatch t'{os.remove}'.interpolations[0]:\n    case Interpolation(f): f('victim')"),
    "interpreter call": (3, 14, "import os\nfrom concurrent import interpreters\ninterpreters.create().call(os.remove, 'victim')"),
    "interpreter thread": (3, 14, f"from concurrent import interpreters\ni = interpreters.create()\nt = i.call_in_thread(exec, {_R!r})\nt.join()"),
    "interpreter pool map": (3, 14, "import os\nfrom concurrent.futures import interpreter\nwith interpreter.InterpreterPoolExecutor() as p:\n    list(p.map(os.remove, ['victim']))"),
    "interpreter channels": (3, 14, f"import _interpreters as i\nx = i.create('isolated')\ni.run_string(x, {_R!r})"),
    "remote exec of self": (3, 14, f"import os, sys\nopen('ok/s.py', 'w').write({_R!r})\nsys.remote_exec(os.getpid(), 'ok/s.py')\nfor i in range(10_000): pass"),
    "pdb attaches": (3, 14, "import os, pdb\npdb.attach(os.getppid(), commands=['import os', 'os.remove(\"victim\")'])"),
    "annotation, evaluated": (3, 14, "import annotationlib, os\nannotationlib.call_evaluate_function(lambda format: os.remove('victim'), annotationlib.Format.VALUE)"),
    "annotation, typing": (3, 14, f"import annotationlib, typing\ntyping.evaluate_forward_ref(annotationlib.ForwardRef({_R!r}))"),
    "annotation, globals": (3, 14, "import annotationlib, os\nannotationlib.ForwardRef('f(\"victim\")').evaluate(globals={'f': os.remove})"),
    "annotation, partial": (3, 14, "import functools, os\ndef f(): pass\nf.__annotate__ = functools.partial(os.rename, 'victim')\ntry:\n    f.__annotate__('gone')\nfinally: pass"),
    "annotation of a library": (3, 14, f"import annotationlib, json\njson.JSONEncoder.__annotate__ = lambda format: {_R}\nannotationlib.get_annotations(json.JSONEncoder)"),
    "placeholder": (3, 14, "import os\nfrom functools import Placeholder as _, partial\npartial(os.replace, _, 'gone')('victim')"),
    "map strict": (3, 14, "import os\nlist(map(os.remove, ['victim'], strict=True))"),
    "pool with a buffer": (3, 14, "import os\nfrom concurrent.futures import ThreadPoolExecutor\nwith ThreadPoolExecutor() as p:\n    list(p.map(os.remove, ['victim'], buffersize=1))"),
    "heap with keys": (3, 14, "import heapq, os\nclass K(str):\n    def __lt__(self, o): os.remove('victim'); return True\nheapq.heapify_max([K('a'), K('b'), K('c')])"),
    "a context's variable": (3, 14, "import contextvars, os, threading\nt = threading.Thread(target=os.remove, args=('victim',), context=contextvars.Context())\nt.start(); t.join()"),
    "forkserver": (3, 14, "import multiprocessing, os\np = multiprocessing.Process(target=os.remove, args=('victim',))\np.start(); p.join()"),
    "except's list": (3, 14, "import os\nclass M(type):\n    def __instancecheck__(c, x): os.remove('victim'); return True\nclass E(Exception, metaclass=M): pass\ntry:\n    1 / 0\nexcept (lambda: os.remove('victim'))(), E: pass"),
    "return in finally": (3, 14, "import os\ndef f():\n    try:\n        os.remove('victim')\n    finally:\n        return os.unlink('victim')\nf()"),
    "database of dbm": (3, 14, "import dbm.sqlite3\ndbm.sqlite3.open('victim', 'n').close()"),
    "stack dumped": (3, 14, "import faulthandler\nfaulthandler.dump_c_stack(open('victim', 'w'))"),
    # 3.15
    "lazy": (3, 15, "lazy import shutil, os\nos.chmod('treasure', 0o777)\nshutil.rmtree('treasure')"),
    "lazy by the builtin": (3, 15, "__lazy_import__('os', globals(), locals(), None, 0).resolve().remove('victim')"),
    "lazy by the builtin, renamed": (3, 15, "import builtins\nf = getattr(builtins, '__lazy_import__')\nf('os').resolve().remove('victim')"),
    "lazy filter": (3, 15, "import os, sys\nsys.set_lazy_imports_filter(lambda *a: os.remove('victim'))\nlazy import wave\nwave"),
    "lazy filter, a method": (3, 15, "import os, sys\nclass F:\n    def __call__(self, *names): [os.remove][0]('victim')\nsys.set_lazy_imports_filter(F())\nlazy import wave\nwave"),
    "lazy, all": (3, 15, "import sys\nsys.set_lazy_imports('all')\nimport os\nos.remove('victim')"),
    "lazy, its type": (3, 15, "lazy import os\nglobals()['os'].resolve().remove('victim')"),
    "lazy, a class": (3, 15, "lazy from pathlib import Path as P\nlist(map(P.unlink, map(P, ['victim'])))"),
    "lazy in a module": (3, 15, "import sys\nopen('ok/lazily.py', 'w').write('lazy from os import remove\\ndef f(p): remove(p)')\nsys.path.insert(0, 'ok')\nimport lazily\nlazily.f('victim')"),
    "lazy written module": (3, 15, f"import sys\nopen('ok/written2.py', 'w').write({_R!r})\nsys.path.insert(0, 'ok')\n__lazy_modules__ = ['written2']\nimport written2\nwritten2.x"),
    "frozendict's keys": (3, 15, "import os\nclass K(str):\n    def __hash__(self): os.remove('victim'); return 1\nfrozendict({K('a'): 1})"),
    "frozendict of functions": (3, 15, "import os, shutil\nactions = frozendict(clean=shutil.rmtree, drop=os.remove)\nfor action, path in (('drop', 'victim'), ('clean', 'treasure')):\n    actions[action](path)"),
    "frozendict, a keyword": (3, 15, "import os\ndef call(f, path): f(path)\ncall(**frozendict(f=os.remove, path='victim'))"),
    "frozendict as globals": (3, 15, f"exec({_R!r}, frozendict(__builtins__=__builtins__))"),
    "eval in a frozendict": (3, 15, "import os\neval('f(\"victim\")', frozendict(f=os.remove, __builtins__=__builtins__))"),
    "unpacking in a comprehension": (3, 15, "import os\n[*map(os.remove, fs) for fs in [['victim']]]"),
    "a sentinel's name": (3, 15, "import os\nS = sentinel('os.remove')\nclass M:\n    def __class_getitem__(c, x): os.remove('victim')\nM[S]"),
    "profile runs": (3, 15, "import os\nfrom profiling.tracing import Profile\nProfile().runcall(os.remove, 'victim')"),
    "profile writes": (3, 15, "from profiling.tracing import Profile\nwith Profile() as p: pass\np.dump_stats('victim')"),
    "profile text": (3, 15, f"import profiling.tracing\nprofiling.tracing.runctx({_R!r}, {{}}, {{}}, 'victim')"),
    "samples written": (3, 15, "from profiling.sampling import CollapsedStackCollector\nc = CollapsedStackCollector(1000)\nc.export('victim')"),
    "samples, binary": (3, 15, "from _remote_debugging import BinaryWriter\nBinaryWriter('victim', 1000, 0).close()"),
    "samples of a program": (3, 15, "import runpy, sys\nopen('ok/p.py', 'w').write(\"import os; os.remove('victim')\")\nsys.argv = ['sampling', 'run', 'ok/p.py']\nrunpy.run_module('profiling.sampling', run_name='__main__')"),
    "iterator of threads": (3, 15, "import os, threading\nlist(threading.serialize_iterator(map(os.remove, ['victim'])))"),
    "synchronized": (3, 15, "import os, threading\n@threading.synchronized_iterator\ndef g(): yield os.remove('victim')\nlist(g())"),
    "shelve reorganized": (3, 15, "import shelve\ns = shelve.open('victim', 'n')\ns['a'] = 1\ns.reorganize()"),
}
