# %% faulthandler_on
import faulthandler
faulthandler.enable()
print(faulthandler.is_enabled())

faulthandler.is_enabled()
# %% ssl_context
import ssl
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
context.minimum_version = ssl.TLSVersion.TLSv1_2
context.options |= ssl.OP_NO_TLSv1_1
context.verify_mode, context.check_hostname, context.minimum_version, ssl.OPENSSL_VERSION[:7]
# %% jinja_docs [jinja2]
from jinja2 import Environment, DictLoader, Template, select_autoescape, StrictUndefined, UndefinedError
env = Environment(loader=DictLoader({"base.html": "<{% block body %}{% endblock %}>", "page.html": "{% extends 'base.html' %}{% block body %}{% for u in users if u.ok %}{{ loop.index }}{{ u.name|title }}{% else %}none{% endfor %}{{ super() }}{% endblock %}", "m.html": "{% macro f(x, y=2) %}{{ x }}-{{ y }}{% endmacro %}{{ f(1) }}{% set z = namespace(n=0) %}{% for i in range(3) %}{% set z.n = z.n + i %}{% endfor %}{{ z.n }}"}), autoescape=select_autoescape(), trim_blocks=True, undefined=StrictUndefined)
env.filters["shout"] = lambda s: s.upper() + "!"; env.globals["now"] = lambda: 12; env.tests["odd3"] = lambda n: n % 3 == 0
class U:
    def __init__(s, name, ok): s.name, s.ok = name, ok
print(env.get_template("page.html").render(users=[U("ann", True), U("bob", False)]), env.get_template("m.html").render())
print(env.from_string("{{ 'x'|shout }} {{ now() }} {{ 3 is odd3 }} {{ [1,2]|sum }} {{ d.items()|list }}").render(d={"a": 1}))
try: env.from_string("{{ nope }}").render()
except UndefinedError as e: print(e)
Template("Hello {{ name|default('x') }}!").render(name="<b>"), list(Template("{% for i in x %}{{i}},{% endfor %}").generate(x=[1, 2]))
# %% more_itertools_toolz [more_itertools, toolz]
import more_itertools as mit
from toolz import curry, pipe, compose, groupby, merge, valmap, partition_all, sliding_window, memoize, thread_last, countby, juxt, assoc, get_in, accumulate
from toolz.curried import map as cmap, filter as cfilter
print(list(mit.chunked(range(7), 3)), mit.first([1]), list(mit.windowed([1, 2, 3, 4], 2)), mit.one([5]), list(mit.flatten([[1], [2]])), mit.ilen(iter("abc")), list(mit.unique_everseen("AAbB", key=str.lower)), [list(g) for g in mit.split_at("abcdc", lambda x: x == "c")], mit.consume(iter([1])), list(mit.collapse([1, [2, [3]]])), mit.map_reduce("abcab", ord, lambda x: 1, sum), list(mit.peekable([1, 2])), mit.bucket("a1", key=str.isdigit)[True].__next__(), list(mit.interleave_longest([1, 2], [3])), mit.spy([1, 2, 3], 2)[0], list(mit.distinct_permutations([1, 0, 1])), mit.numeric_range(1, 4)[2], list(mit.sliding_window(range(4), 2)), list(mit.roundrobin("ab", "c")))
@curry
def add(a, b): return a + b
@memoize
def slow(x): print("slow"); return x
slow(1); slow(1)
add(1)(2), pipe(3, add(1), str), compose(str, add(1))(2), groupby(len, ["a", "bb", "c"]), merge({1: 2}, {3: 4}), valmap(str, {1: 2}), list(partition_all(2, [1, 2, 3])), list(sliding_window(2, [1, 2, 3])), thread_last([1, 2], (map, add(1)), list), countby(len, ["a"]), juxt(min, max)([1, 2]), assoc({}, "a", 1), get_in(["a", 0], {"a": [5]}), list(accumulate(lambda a, b: a * b, [1, 2, 3])), pipe(range(5), cfilter(lambda x: x % 2), cmap(add(1)), list)
# %% dataclass_all_features
from dataclasses import dataclass, field, fields, asdict, astuple, replace, InitVar, KW_ONLY, is_dataclass, FrozenInstanceError, make_dataclass
from typing import ClassVar
@dataclass(order=True, slots=True)
class Item:
    sort: float = field(init=False, repr=False)
    name: str
    price: float = field(compare=False, metadata={"unit": "eur"})
    tags: list[str] = field(default_factory=list, hash=False)
    total: ClassVar[int] = 0
    scale: InitVar[int] = 1
    _: KW_ONLY = None
    qty: int = 1
    def __post_init__(self, scale): self.sort = self.price * scale
@dataclass(frozen=True, eq=True)
class Pt:
    x: int; y: int = 0
    def __add__(self, o): return replace(self, x=self.x + o.x)
    @classmethod
    def origin(cls): return cls(0)
@dataclass
class Child(Pt if False else object):
    parent: "Child | None" = field(default=None, repr=False)
    pts: list[Pt] = field(default_factory=list)
i, j = Item("a", 3.0, scale=2), Item("b", 1, ["t"], qty=4)
try: Pt(1).x = 3
except FrozenInstanceError as e: print(e)
D = make_dataclass("D", [("x", int), ("y", int, field(default=5))], namespace={"s": lambda self: self.x + self.y})
i, i < j, sorted([i, j])[0].name, asdict(Child(pts=[Pt(1)])), astuple(Pt(1, 2)), Pt(1) + Pt(2), {Pt(1): "h"}[Pt(1)], [f.name for f in fields(Item)], fields(Item)[2].metadata["unit"], is_dataclass(i), D(1).s(), Item.__match_args__, Pt.origin(), Item.__slots__
# %% doctests
import doctest
def avg(xs):
    """Mean.

    >>> avg([1, 2, 3])
    2.0
    >>> avg([])
    Traceback (most recent call last):
      ...
    ZeroDivisionError: division by zero
    >>> print("a\\n\\nb")
    a
    <BLANKLINE>
    b
    >>> {"x": 1}  # doctest: +ELLIPSIS
    {...}
    >>> avg([1])  
    9.0
    """
    return sum(xs) / len(xs)
runner = doctest.DocTestRunner(verbose=False)
for t in doctest.DocTestFinder().find(avg, "avg", globs={"avg": avg}): print(runner.run(t, out=lambda s: None))
doctest.testmod(verbose=False, report=False) if False else None
class C:
    """
    >>> C().m()
    1
    """
    def m(self): """
    >>> C().m() + 1
    2
    """; return 1
doctest.testmod(), doctest.testmod(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE).attempted
# %% argparse_docs
import argparse, sys
class Upper(argparse.Action):
    def __call__(self, parser, ns, values, option=None): setattr(ns, self.dest, values.upper())
def positive(s):
    v = int(s)
    if v <= 0: raise argparse.ArgumentTypeError(f"{s} not positive")
    return v
p = argparse.ArgumentParser(prog="tool", description="A tool", epilog="end", formatter_class=argparse.ArgumentDefaultsHelpFormatter, fromfile_prefix_chars="@")
p.add_argument("files", nargs="*", help="files"); p.add_argument("-n", "--num", type=positive, default=1, metavar="N", help="number"); p.add_argument("--name", action=Upper)
g = p.add_mutually_exclusive_group(); g.add_argument("-v", action="count", default=0); g.add_argument("-q", action="store_true")
p.add_argument("--flag", action=argparse.BooleanOptionalAction, default=True, help="f"); p.add_argument("--mode", choices=["a", "b"], const="a", nargs="?")
p.add_argument("--version", action="version", version="%(prog)s 1.0"); p.add_argument("--x", action="append", dest="xs"); p.set_defaults(func=lambda a: a.num * 2)
print(p.parse_args(["f1", "-n", "3", "--name", "ann", "-vv", "--no-flag", "--x", "1", "--x", "2", "--mode"]), p.format_usage())
for bad in (["-n", "0"], ["-v", "-q"], ["--zz"], ["--version"], ["-h"]):
    try: p.parse_args(bad)
    except SystemExit as e: print("exit", e.code)
sub = argparse.ArgumentParser(prog="git"); sp = sub.add_subparsers(dest="cmd", required=True, title="commands")
a = sp.add_parser("add", help="add it", aliases=["a"]); a.add_argument("path", type=argparse.FileType("r") if False else str); a.set_defaults(run=lambda ns: f"adding {ns.path}")
ns = sub.parse_args(["add", "z"]); ns.extra = 1
ns.run(ns), vars(ns)["extra"], p.parse_known_args(["--unknown", "f"])[1], sub.parse_args(["a", "q"], namespace=argparse.Namespace(k=1)).k, p.get_default("num"), "path" in ns
# %% mock_builtins_open
from unittest import mock
with mock.patch("builtins.open", mock.mock_open(read_data="line1\nline2\n")) as m:
    with open("whatever") as f: data = f.read()
    m.assert_called_once_with("whatever")
with mock.patch("builtins.input", return_value="42"): answer = int(input("? "))
with mock.patch("builtins.input", side_effect=["a", "b"]): both = input(), input()
data, answer, both
# %% sqlite_orm
import sqlite3, contextlib, datetime, json
class Pt:
    def __init__(s, x, y): s.x, s.y = x, y
    def __repr__(s): return f"Pt({s.x},{s.y})"
    def __conform__(s, p):
        if p is sqlite3.PrepareProtocol: return f"{s.x};{s.y}"
sqlite3.register_converter("pt", lambda b: Pt(*map(float, b.split(b";"))))
con = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES); con.row_factory = sqlite3.Row
cur = con.cursor(); cur.executescript("create table m(id integer primary key, t text, y int, p pt); create index i on m(y);")
with con: con.executemany("insert into m(t,y,p) values(:t,:y,:p)", [{"t": "a", "y": 1, "p": Pt(1, 2)}, {"t": "b", "y": 2, "p": Pt(3, 4)}])
try:
    with con: con.execute("insert into m(id) values(1)")
except sqlite3.IntegrityError as e: print(e)
class Avg:
    def __init__(s): s.l = []
    def step(s, v): s.l.append(v)
    def finalize(s): return sum(s.l) / len(s.l)
con.create_function("dbl", 1, lambda v: v * 2, deterministic=True); con.create_aggregate("av", 1, Avg); con.create_collation("rev", lambda a, b: (a < b) - (a > b))
row = cur.execute("select * from m where t=?", ("a",)).fetchone(); print(row["p"], row.keys(), tuple(row)[:2], dict(row)["y"])
print([tuple(r) for r in con.execute("select dbl(y), t from m order by t collate rev")], con.execute("select av(y) from m").fetchone()[0], con.total_changes, cur.lastrowid, con.in_transaction)
con.set_trace_callback(lambda s: print("SQL", s)); con.execute("select 1"); con.set_trace_callback(None)
lines = list(con.iterdump()); b = sqlite3.connect(":memory:"); con.backup(b)
with contextlib.closing(b): print(b.execute("select count(*) from m").fetchone())
con.execute("pragma user_version = 3"); con.text_factory = bytes
len(lines), con.execute("select t from m").fetchall()[0][0], con.execute("select json_extract('{\"a\": 5}', '$.a')").fetchone()[0], sqlite3.sqlite_version[0], cur.description[0][0], con.isolation_level, sqlite3.threadsafety
# %% csv_dialects
import csv, io
class Semi(csv.excel): delimiter = ";"; quoting = csv.QUOTE_NONNUMERIC
csv.register_dialect("semi", Semi); csv.register_dialect("pipes", delimiter="|", quoting=csv.QUOTE_MINIMAL)
o = io.StringIO(); w = csv.writer(o, "semi"); w.writerow(["a", 1, 2.5]); w.writerows([["x;y", 3, None]])
d = csv.DictWriter(o, ["k", "v"], dialect="pipes", extrasaction="ignore", restval="-"); d.writeheader(); d.writerow({"k": 1, "z": 2})
text = o.getvalue(); o.seek(0)
with open("o.csv", "w", newline="") as f: csv.writer(f).writerows([[1, "é"], [2, 'q"q']])
with open("o.csv", newline="") as f: rows = list(csv.reader(f))
r = csv.DictReader(io.StringIO("n,v\na,1\nb,2,3\n"), restkey="rest")
text, rows, list(r), r.fieldnames, csv.Sniffer().sniff("a;b\n1;2\n").delimiter, csv.Sniffer().has_header("n,v\na,1\nb,2\n"), sorted(csv.list_dialects())[:2], csv.get_dialect("pipes").delimiter, csv.field_size_limit() > 0, next(csv.reader(["a b"], delimiter=" "))
# %% configparser_docs
import configparser, io
c = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation(), allow_no_value=True, converters={"list": lambda v: [x.strip() for x in v.split(",")]})
c.read_string("[DEFAULT]\nhome=/h\n[paths]\nbase=${home}/b\nfull=${paths:base}/x\nnums=1, 2\nflag\n[s]\nport=80\non=yes\nf=1.5")
c["new"] = {"a": "1"}; c["new"]["b"] = "2"; c.set("s", "port", "81"); c.remove_option("s", "f"); c.add_section("z"); c.read("../data/conf.ini"); c.optionxform = str
o = io.StringIO(); c.write(o)
with open("c.ini", "w") as f: c.write(f)
try: c.get("s", "nope")
except configparser.NoOptionError as e: print(e)
c["paths"]["full"], c.getlist("paths", "nums"), c["paths"].getlist("nums"), c.getint("s", "port"), c["s"].getboolean("on"), c.sections(), c.get("s", "q", fallback="fb"), dict(c["server"]), "new" in c, len(o.getvalue()) > 50, c.has_option("paths", "flag"), c.items("new")
# %% asyncio_pipeline
import asyncio, time, random
async def producer(q, n):
    for i in range(n): await q.put(i); await asyncio.sleep(0)
    await q.put(None)
async def consumer(q, out):
    while (x := await q.get()) is not None: out.append(x * x); q.task_done()
    q.task_done()
class RateLimiter:
    def __init__(s, n): s.sem = asyncio.Semaphore(n); s.active = s.peak = 0
    async def __aenter__(s): await s.sem.acquire(); s.active += 1; s.peak = max(s.peak, s.active)
    async def __aexit__(s, *a): s.active -= 1; s.sem.release()
async def main():
    q, out = asyncio.Queue(2), []
    await asyncio.gather(producer(q, 5), consumer(q, out)); await q.join()
    rl = RateLimiter(2)
    async def job(i):
        async with rl: await asyncio.sleep(.001); return i
    r = await asyncio.gather(*(job(i) for i in range(5)))
    ev, cond, lock = asyncio.Event(), asyncio.Condition(), asyncio.Lock()
    asyncio.get_running_loop().call_later(.001, ev.set); await asyncio.wait_for(ev.wait(), 1)
    async with cond: cond.notify_all()
    try: await asyncio.wait_for(asyncio.sleep(9), .001)
    except asyncio.TimeoutError: print("to")
    t = asyncio.create_task(asyncio.sleep(9), name="slow"); await asyncio.sleep(0); t.cancel("why")
    try: await t
    except asyncio.CancelledError as e: print("cancelled", e.args)
    done, pending = await asyncio.wait([asyncio.create_task(job(i)) for i in range(2)], return_when=asyncio.FIRST_COMPLETED); print(len(done) + len(pending)); [await p for p in pending]
    print(await asyncio.to_thread(sum, [1, 2]), [await f for f in asyncio.as_completed([job(1)])], await asyncio.shield(job(7)), await asyncio.get_running_loop().run_in_executor(None, max, 1, 2))
    fut = asyncio.get_running_loop().create_future(); fut.add_done_callback(lambda f: print("done", f.result())); fut.set_result(3); await fut
    async with asyncio.TaskGroup() as tg: ts = [tg.create_task(job(i)) for i in range(2)]
    pq = asyncio.PriorityQueue(); pq.put_nowait((2, "b")); pq.put_nowait((1, "a")); res = await asyncio.gather(job(1), asyncio.sleep(0, ValueError), return_exceptions=True)
    bar = asyncio.Barrier(2); await asyncio.gather(bar.wait(), bar.wait())
    return out, r, rl.peak, [t.result() for t in ts], pq.get_nowait(), res[0]
print(asyncio.run(main(), debug=False))
with asyncio.Runner() as runner: print(runner.run(asyncio.sleep(0, "r")))
loop = asyncio.new_event_loop(); asyncio.set_event_loop(loop); x = loop.run_until_complete(asyncio.sleep(0, 5)); loop.call_soon(print, "soon"); loop.call_soon(loop.stop); loop.run_forever(); loop.close(); x
# %% threads_bank
import threading, queue, time, itertools, contextlib
class Account:
    def __init__(s): s.bal, s.lock = 0, threading.Lock()
    def deposit(s, n):
        for _ in range(n):
            with s.lock: s.bal += 1
a = Account(); ts = [threading.Thread(target=a.deposit, args=(200,)) for _ in range(4)]; [t.start() for t in ts]; [t.join() for t in ts]
class Stop(threading.Thread):
    def __init__(s): super().__init__(daemon=True); s.ev, s.n = threading.Event(), 0
    def run(s):
        while not s.ev.wait(.001): s.n += 1
    def stop(s): s.ev.set()
s = Stop(); s.start(); time.sleep(.02); s.stop(); s.join()
class Buf:
    def __init__(s, n): s.n, s.items, s.cv = n, [], threading.Condition()
    def put(s, x):
        with s.cv: s.cv.wait_for(lambda: len(s.items) < s.n); s.items.append(x); s.cv.notify()
    def get(s):
        with s.cv: s.cv.wait_for(lambda: s.items); x = s.items.pop(0); s.cv.notify(); return x
b = Buf(2); got = []; p = threading.Thread(target=lambda: [b.put(i) for i in range(6)]); c = threading.Thread(target=lambda: [got.append(b.get()) for _ in range(6)]); p.start(); c.start(); p.join(); c.join()
loc = threading.local()
def setl(): loc.v = threading.current_thread().name; res.append(loc.v)
res = []; t = threading.Thread(target=setl, name="N"); t.start(); t.join()
tm = threading.Timer(.001, lambda: res.append("timer")); tm.start(); tm.join()
sem = threading.BoundedSemaphore(1); sem.acquire()
try: sem.release(); sem.release()
except ValueError as e: print(e)
a.bal, s.n > 0, got, hasattr(loc, "v"), res, t.is_alive(), threading.enumerate()[0].name, threading.get_ident() == threading.main_thread().ident
# %% xml_all
import xml.etree.ElementTree as ET, xml.dom.minidom as md, xml.sax, io, xml.sax.saxutils as su
root = ET.fromstring("<data xmlns:x='u'><country name='L'><rank>1</rank><x:n/></country><country name='S'><rank>4</rank></country></data>")
for r in root.iter("rank"): r.text = str(int(r.text) + 1); r.set("up", "yes")
for c in root.findall("country"):
    if int(c.find("rank").text) > 4: root.remove(c)
e = ET.SubElement(root, "new", attrib={"a": "1"}); e.text, e.tail = "t<", "\n"; root.insert(0, ET.Comment("c")); ET.indent(root); ET.register_namespace("x", "u")
tree = ET.ElementTree(root); tree.write("o.xml", encoding="utf-8", xml_declaration=True); print(ET.tostring(root, encoding="unicode"), ET.parse("o.xml").getroot().tag, [x.tag for x in root.iterfind(".//country[@name='L']/rank")], root.findtext("new"), root[1].attrib, ET.canonicalize("<a b='1'/>"))
for ev, el in ET.iterparse(io.StringIO("<a><b/></a>"), ["start", "end"]): print(ev, el.tag, end=" ")
p = ET.XMLPullParser(["end"]); p.feed("<a><b/>"); print([x.tag for _, x in p.read_events()])
try: ET.fromstring("<a>")
except ET.ParseError as er: print(er, er.position)
class T:
    def __init__(s): s.d = []
    def start(s, t, a): s.d.append(t)
    def end(s, t): pass
    def data(s, d): s.d.append(d)
    def close(s): return s.d
x = ET.XMLParser(target=T()); x.feed("<q>z</q>"); print(x.close())
doc = md.parseString("<r><i k='1'>x</i></r>"); n = doc.createElement("j"); n.setAttribute("a", "b"); n.appendChild(doc.createTextNode("t")); doc.documentElement.appendChild(n); doc.documentElement.removeChild(doc.getElementsByTagName("i")[0]); print(doc.toprettyxml(indent=" "), n.firstChild.data, doc.documentElement.nodeName); impl = md.getDOMImplementation(); d2 = impl.createDocument(None, "top", None); d2.documentElement.appendChild(d2.createCDATASection("c")); print(d2.toxml())
class H(xml.sax.ContentHandler):
    def __init__(s): super().__init__(); s.o = []
    def startElement(s, n, a): s.o.append((n, dict(a)))
    def characters(s, c): s.o.append(c)
h = H(); xml.sax.parseString("<a k='v'>t</a>", h); ps = xml.sax.make_parser(); ps.setContentHandler(H()); ps.setFeature(xml.sax.handler.feature_namespaces, 0); ps.parse(io.StringIO("<z/>"))
o = io.StringIO(); g = su.XMLGenerator(o); g.startDocument(); g.startElement("a", {"b": "c"}); g.characters("<"); g.endElement("a")
import xml.parsers.expat as ex
pp = ex.ParserCreate(); tags = []; pp.StartElementHandler = lambda n, a: tags.append(n); pp.CharacterDataHandler = tags.append; pp.Parse("<m>d</m>", True)
h.o, o.getvalue(), su.escape("<&>"), su.quoteattr("a'b"), tags
# %% dates_all
from datetime import datetime, date, time, timedelta, timezone, tzinfo, UTC
from zoneinfo import ZoneInfo, available_timezones
import calendar, time as tm, locale
class FixedTz(tzinfo):
    def utcoffset(s, dt): return timedelta(hours=5, minutes=30)
    def dst(s, dt): return timedelta(0)
    def tzname(s, dt): return "IST"
class MyDate(date):
    def next(s): return s + timedelta(1)
d = datetime(2024, 2, 29, 13, 5, 7, 123456, tzinfo=UTC)
print(d.isoformat(), d.strftime("%a %d %b %Y %I:%M %p %j %U"), datetime.strptime("2024-03-01 05:06", "%Y-%m-%d %H:%M"), d.astimezone(ZoneInfo("Europe/Oslo")), d.astimezone(FixedTz()).tzname(), d.replace(year=2028), d.timestamp(), date.fromisoformat("2024-W05-3"), d.isocalendar().week, (d - timedelta(days=1, hours=2)).time(), divmod(timedelta(5), timedelta(2)), timedelta(seconds=3661).total_seconds(), str(timedelta(1.5)), time(5, fold=1).isoformat("minutes"), MyDate(2024, 1, 1).next(), type(MyDate.today()).__name__, f"{d:%H-%M}", d.ctime(), d.utctimetuple().tm_yday, datetime.min.year, datetime.combine(date(2020, 1, 1), time(1)), datetime.fromtimestamp(0, timezone.utc), timezone(timedelta(hours=-3), "X"))
c = calendar.TextCalendar(firstweekday=6); print(c.formatmonth(2024, 2)); calendar.setfirstweekday(calendar.SUNDAY); calendar.setfirstweekday(0)
class HC(calendar.HTMLCalendar): cssclasses = [s + " x" for s in calendar.HTMLCalendar.cssclasses]
print(len(HC().formatmonth(2024, 1)) > 100, calendar.monthrange(2023, 2), list(calendar.Calendar().itermonthdays(2024, 2))[:4], calendar.isleap(2000), calendar.day_name[0], list(calendar.month_abbr)[1], calendar.timegm((1970, 1, 2, 0, 0, 0)), calendar.Calendar(0).monthdatescalendar(2024, 1)[0][0], calendar.weekday(2024, 1, 1))
ny = ZoneInfo("America/New_York"); print(datetime(2024, 11, 3, 1, 30, tzinfo=ny).utcoffset(), datetime(2024, 11, 3, 1, 30, fold=1, tzinfo=ny).utcoffset(), ny.key, "UTC" in available_timezones(), ZoneInfo("UTC") is ZoneInfo("UTC"))
try: date(2023, 2, 30)
except ValueError as e: print(e)
tm.strftime("%Y", tm.gmtime(0)), tm.mktime(tm.localtime(86400)), tm.monotonic() > 0, tm.struct_time(tm.gmtime(5))[5], tm.perf_counter_ns() > 0, tm.get_clock_info("time").monotonic, tm.tzname[0] != "", tm.asctime(tm.gmtime(0)), tm.process_time() >= 0, tm.thread_time() >= 0
# %% files_everything
import os, pathlib, glob, fnmatch, shutil, tempfile, io, stat, filecmp, fileinput, linecache, mmap, struct
p = pathlib.Path("proj"); (p / "src").mkdir(parents=True, exist_ok=True); (p / "src" / "a.py").write_text("print(1)\n"); (p / "b.txt").write_bytes(b"\x00\x01"); (p / "src" / "c.py").touch()
for root, dirs, files in os.walk(p): dirs.sort(); print(root, sorted(files))
print(sorted(x.name for x in p.rglob("*.py")), sorted(glob.glob("proj/**/*.py", recursive=True)), [e.name for e in sorted(os.scandir(p), key=lambda e: e.name) if e.is_file()], fnmatch.filter(os.listdir(p), "*.t?t"), p.joinpath("b.txt").stat().st_size, stat.S_ISDIR(p.stat().st_mode), (p / "b.txt").suffix, p.resolve().is_absolute(), p.parts, pathlib.PurePosixPath("/a/b.tar.gz").suffixes, pathlib.PureWindowsPath("c:\\x").drive, os.path.splitext("x.y"), os.path.commonpath(["/a/b", "/a/c"]), os.path.relpath("/a/b", "/a"), (p / "x").exists(), os.path.getsize("proj/b.txt"), p.match("pr*"), (p / "b.txt").with_name("z").with_suffix(".q"), pathlib.Path("a/../b").as_posix(), pathlib.Path.home() == pathlib.Path("~").expanduser())
shutil.copy("proj/src/a.py", "proj/d.py"); shutil.copytree("proj/src", "proj/src2"); (p / "d.py").rename(p / "e.py"); shutil.move("proj/e.py", "proj/f.py"); print(filecmp.cmp("proj/f.py", "proj/src/a.py"), sorted(filecmp.dircmp("proj/src", "proj/src2").common), shutil.disk_usage(".").total > 0)
with open("t.txt", "w+", encoding="utf-8", newline="\n") as f: f.write("é\nb\nc\n"); f.seek(0); print(f.readline(), f.tell() > 0, f.readlines(), f.name, f.mode, f.encoding, f.closed)
with open("t.txt", "a") as f: print("more", 1, sep="-", file=f); f.flush(); os.fsync(f.fileno())
with open("b.bin", "wb") as f: f.write(struct.pack("<IH4s", 1, 2, b"abcd")); 
with open("b.bin", "r+b") as f:
    f.seek(4); f.write(b"\xff"); f.truncate(8)
    m = mmap.mmap(f.fileno(), 0); m[0:1] = b"Z"; m.close()
with open("b.bin", "rb") as f: print(f.read(), struct.calcsize("<IH4s"))
with tempfile.TemporaryDirectory() as td: open(os.path.join(td, "q"), "w").close(); print(os.listdir(td))
with tempfile.NamedTemporaryFile("w+", suffix=".x") as tf: tf.write("hi"); tf.seek(0); print(tf.read(), os.path.exists(tf.name))
with tempfile.TemporaryFile() as tf, tempfile.SpooledTemporaryFile(10) as sp: tf.write(b"1"); sp.write(b"2" * 20)
with fileinput.input(files=["t.txt"]) as fi: print([fi.filelineno() for l in fi], linecache.getline("t.txt", 2))
with fileinput.input("t.txt", inplace=True) as fi:
    for l in fi: print(l.upper(), end="")
os.chdir("proj") if False else None; os.environ["MY_V"] = "1"; print(os.environ.get("MY_V"), os.path.expandvars("$MY_V"), os.getenv("NOPE", "d")); del os.environ["MY_V"]
z = shutil.make_archive("arch", "zip", "proj"); shutil.unpack_archive("arch.zip", "un"); open("t.txt").read(), os.path.basename(z), sorted(os.listdir("un")), io.open("t.txt").readable(), os.stat("t.txt").st_mtime > 0, [x.is_dir() for x in sorted(p.iterdir())]
# %% logging_everything
import logging, logging.handlers, io, queue, sys, json, time
class JsonF(logging.Formatter):
    def format(s, r): return json.dumps({"lvl": r.levelname, "msg": r.getMessage(), "fn": r.funcName, "line": r.lineno, "mod": r.module, **getattr(r, "ctx", {})})
class Ctx(logging.Filter):
    def filter(s, r): r.ctx = {"req": 7}; return True
s = io.StringIO(); h = logging.StreamHandler(s); h.setFormatter(JsonF()); h.addFilter(Ctx()); log = logging.getLogger("app"); log.handlers.clear(); log.addHandler(h); log.setLevel(logging.DEBUG); log.propagate = False
def work(): log.info("in %s", "work", extra={"u": 1}); log.debug("stack", stack_info=False); log.warning("w", stacklevel=2)
work()
try: 1 / 0
except ZeroDivisionError: log.exception("boom"); log.error("e", exc_info=True)
fh = logging.FileHandler("a.log"); fh.setFormatter(logging.Formatter("{asctime}|{levelname:<8}|{name}.{funcName}:{lineno}|{message}", style="{", datefmt="%Y")); log.addHandler(fh); log.critical("file"); fh.close()
rf = logging.handlers.RotatingFileHandler("r.log", maxBytes=50, backupCount=2); log.addHandler(rf); [log.info("x" * 30) for _ in range(4)]; rf.close()
q = queue.Queue(); qh = logging.handlers.QueueHandler(q); ql = logging.handlers.QueueListener(q, logging.StreamHandler(s)); ql.start(); log.addHandler(qh); log.info("queued"); ql.stop()
mh = logging.handlers.MemoryHandler(5, target=h); l2 = logging.getLogger("app.child"); l2.info("child"); print(l2.parent.name, l2.getEffectiveLevel(), logging.getLogger("app.child") is l2, log.getChild("z").name)
logging.addLevelName(15, "TRACE"); class_ = logging.getLoggerClass().__name__; logging.captureWarnings(True); logging.captureWarnings(False); logging.disable(logging.CRITICAL); log.info("no"); logging.disable(logging.NOTSET)
old = logging.getLogRecordFactory(); import os
s.getvalue().split("\n")[0], open("a.log").read()[4:], sorted(f for f in os.listdir(".") if f.startswith("r.log")), logging.getLevelName("TRACE"), class_, logging.root.name, [type(x).__name__ for x in log.handlers][:2]
# %% numbers_abc_types
import numbers, abc, types, collections.abc, operator, functools
class Frac(numbers.Rational):
    def __init__(s, n, d=1): s._n, s._d = n, d
    numerator = property(lambda s: s._n); denominator = property(lambda s: s._d)
    def __add__(s, o): return Frac(s._n * o._d + o._n * s._d, s._d * o._d)
    def __eq__(s, o): return s._n * o._d == o._n * s._d
    def __lt__(s, o): return s._n * o._d < o._n * s._d
    def __repr__(s): return f"{s._n}/{s._d}"
    __radd__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __neg__ = __pos__ = __abs__ = __trunc__ = __floor__ = __ceil__ = __round__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __le__ = lambda *a: NotImplemented
    __hash__ = None
print(Frac(1, 2) + Frac(1, 3), float(Frac(1, 4)), Frac(2, 4) == Frac(1, 2), isinstance(Frac(1), numbers.Number), isinstance(True, numbers.Integral))
class Shape(abc.ABC):
    @property
    @abc.abstractmethod
    def area(self): ...
    @classmethod
    def __subclasshook__(cls, C): return any("area" in B.__dict__ for B in C.__mro__) or NotImplemented
class Duck: area = 1
@Shape.register
class Reg: pass
print(issubclass(Duck, Shape), isinstance(Reg(), Shape), Shape.__abstractmethods__)
ns = types.SimpleNamespace(a=1); ns.b = 2; mp = types.MappingProxyType({"a": 1})
try: mp["b"] = 1
except TypeError as e: print(e)
C = types.new_class("C", (object,), {}, lambda n: n.update(x=5)); D = type("D", (C,), {"y": 1, "m": lambda s: s.x}); m = types.MethodType(lambda s, z: (s, z), 5)
class Dy:
    @types.DynamicClassAttribute
    def v(self): return "v"
@types.coroutine
def co(): yield 1
ns, C.x, D().m(), m(2), Dy().v, next(co()), types.GenericAlias(list, (int,)), types.resolve_bases((int,)), types.get_original_bases(D) if hasattr(types, "get_original_bases") else 1, isinstance(len, types.BuiltinFunctionType), isinstance(lambda: 1, types.LambdaType), types.NoneType, types.EllipsisType
# %% stdout_tricks
import sys, io, contextlib
class Tee:
    def __init__(self, *s): self.s = s
    def write(self, t): [x.write(t) for x in self.s]
    def flush(self): [x.flush() for x in self.s]
buf = io.StringIO(); old = sys.stdout; sys.stdout = Tee(old, buf); print("both"); sys.stdout = old
with contextlib.redirect_stdout(io.StringIO()) as f: help(len); print("x", end="")
sys.stdout.write("raw\n"); sys.stdout.flush(); print("a", "b", sep="|", end="!\n", flush=True); sys.stderr.write("")
buf.getvalue(), "len" in f.getvalue(), sys.stdout.isatty(), sys.stdout.encoding is None or True
# %% email_mime
from email.message import EmailMessage; from email.mime.multipart import MIMEMultipart; from email.mime.text import MIMEText; from email import message_from_string, policy, utils, header; import mimetypes
m = EmailMessage(); m["Subject"] = "Hé"; m["From"] = "a@b.c"; m["To"] = "x@y.z, q@r.s"; m.set_content("body\n"); m.add_alternative("<p>b</p>", subtype="html"); m.add_attachment(b"\x00", maintype="application", subtype="octet-stream", filename="f.bin")
mm = MIMEMultipart(); mm["Subject"] = "s"; mm.attach(MIMEText("t")); p = message_from_string("Subject: z\nX: 1\n\nhey", policy=policy.default); p.replace_header("X", "2"); del p["Subject"]
[x.get_content_type() for x in m.walk()], m.get_body(("plain",)).get_content(), len(mm.as_string()) > 50, p["X"], p.get_content(), utils.parseaddr("A <a@b>"), [a.get_filename() for a in m.iter_attachments()], mimetypes.guess_type("x.png"), str(header.make_header(header.decode_header("=?utf-8?q?H=C3=A9?=")))
# %% archives_write
import zipfile, tarfile, io, gzip, bz2, lzma, zlib, os
with zipfile.ZipFile("a.zip", "w", zipfile.ZIP_DEFLATED) as z: z.writestr("x.txt", "hi"); z.writestr(zipfile.ZipInfo("d/y"), b"yo"); 0
with zipfile.ZipFile("a.zip", "a") as z: z.writestr("z", "1")
with zipfile.ZipFile("a.zip") as z: print(sorted(z.namelist())[-2:], z.read("x.txt"), z.testzip(), z.getinfo("x.txt").file_size, (zipfile.Path("a.zip") / "d" / "y").read_text()); z.extractall("out"); z.extract("x.txt", "o2")
with z.open("x.txt") if False else io.BytesIO(b"") as f: pass
with tarfile.open("a.tgz", "w:gz") as t: t.add("out", arcname="o", filter=lambda i: i)
with tarfile.open("a.tgz") as t: print(sorted(t.getnames())[:2], t.extractfile("o/x.txt").read()); t.extractall("tout", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
b = io.BytesIO()
with zipfile.ZipFile(b, "w") as z: z.write("a.tgz"); z.comment = b"c"
with gzip.open("g.gz", "wt") as f: f.write("gz\n")
with bz2.open("b.bz2", "wb") as f: f.write(b"bz")
with lzma.open("l.xz", "wb") as f: f.write(b"xz")
c = zlib.compressobj(); d = c.compress(b"a" * 100) + c.flush(); gzip.open("g.gz", "rt").read(), bz2.open("b.bz2").read(), lzma.open("l.xz").read(), zlib.decompress(d)[:3], zlib.crc32(b"x"), gzip.decompress(gzip.compress(b"q")), sorted(os.listdir("tout/o"))[:2]
# %% secrets_hashes
import secrets, hashlib, hmac, base64, binascii, uuid, zlib, random, string
len(secrets.token_hex(8)), len(secrets.token_urlsafe()), secrets.compare_digest("a", "a"), secrets.choice("a"), secrets.randbelow(1), hashlib.sha256(b"x").hexdigest()[:6], hashlib.new("md5", b"").hexdigest()[:4], hashlib.pbkdf2_hmac("sha256", b"p", b"s", 10).hex()[:6], hashlib.blake2b(b"x", digest_size=4, key=b"k").hexdigest(), hashlib.scrypt(b"p", salt=b"s", n=2, r=1, p=1).hex()[:4], hmac.new(b"k", b"m", "sha1").hexdigest()[:4], hmac.compare_digest(b"a", b"b"), base64.b64encode(b"hi"), base64.urlsafe_b64decode("aGk="), base64.b32encode(b"a"), base64.b85encode(b"abc"), binascii.hexlify(b"\x01"), binascii.crc32(b"a"), "sha256" in hashlib.algorithms_available, hashlib.file_digest(open("../data/text.txt", "rb"), "sha1").hexdigest()[:4], hashlib.shake_128(b"").hexdigest(4), uuid.uuid3(uuid.NAMESPACE_URL, "x").hex[:4], "".join(random.Random(1).choices(string.ascii_letters, k=4)), secrets.SystemRandom().random() < 1
# %% string_formatter
import string, textwrap, difflib, unicodedata, re, locale, reprlib, pprint, html, quopri, struct
class F(string.Formatter):
    def get_value(self, k, a, kw): return kw.get(k, f"<{k}>") if isinstance(k, str) else a[k]
    def format_field(self, v, spec): return str(v).upper() if spec == "u" else super().format_field(v, spec)
    def convert_field(self, v, c): return v[::-1] if c == "x" else super().convert_field(v, c)
class T(string.Template): delimiter = "%"; idpattern = "[a-z]+"
class O: a = 1; b = {"k": [5]}
r = reprlib.Repr(); r.maxlist = 2
class P(pprint.PrettyPrinter):
    def format(self, o, c, m, l): return (f"i{o}", True, False) if isinstance(o, int) else super().format(o, c, m, l)
print(F().format("{0:u} {missing} {n!x}", "a", n="xyz"), T("%who").substitute(who="me"), string.Template("$a ${b}").safe_substitute(a=1), "{0.a} {0.b[k][0]} {1[0]:>{w}}".format(O, [3], w=4), r.repr([1, 2, 3]), "\n".join(difflib.unified_diff(["a"], ["b"], lineterm="")), difflib.get_close_matches("appel", ["apple"]), difflib.SequenceMatcher(None, "abc", "abd").ratio(), unicodedata.name("é"), unicodedata.normalize("NFD", "é").encode(), re.sub(r"(?P<y>\d+)", lambda m: str(int(m["y"]) * 2), "a2b3"), textwrap.dedent("  a\n  b"), textwrap.shorten("hello world", 8), html.unescape("&lt;&eacute;"), P().pformat([1, {"a": 2}]))
pat = re.compile(r"""(?x) (\w+) \s* = \s* (\d+) # kv"""); [m.groups() for m in pat.finditer("a = 1, b=2")], re.split(r"[,;]", "a,b;c"), re.fullmatch("a+", "aa").span(), re.findall(r"(?i)\bA\w", "ab AC"), re.escape("a.b"), pat.groupindex, re.Scanner([(r"\d+", lambda s, t: int(t)), (r"\s+", None)]).scan("1 2")[0], string.capwords("a b"), "ß".casefold(), "a,b".partition(","), "x".translate(str.maketrans({"x": "y"})), f"{1234567.891:,.2f}", f"{255:#x} {0.5:%} {1e10:g}", "%(a)s %5.2f" % {"a": 1} if False else "%s %5.2f" % ("a", 1), str(b"x", "ascii"), "é".encode("ascii", "xmlcharrefreplace"), struct.unpack("<2h", b"\1\0\2\0"), memoryview(b"abc")[1:].tobytes(), bytes.fromhex("00ff"), int.from_bytes(b"\1\0", "big"), (5).to_bytes(2, "little")
# %% platform_info
import platform, sys, os, getpass, locale, socket, sysconfig, resource, pwd, time, uuid, site
bool(platform.platform()), platform.python_version() == sys.version.split()[0], platform.system(), platform.machine() != "", bool(getpass.getuser()), os.cpu_count() > 0, locale.getlocale() is not None, sysconfig.get_paths()["stdlib"] != "", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0, pwd.getpwuid(os.getuid()).pw_name != "", os.getpid() > 0, os.uname().sysname, uuid.uuid4().version, platform.node() == socket.gethostname(), sys.platform, sys.byteorder, sys.maxsize > 2**31, sys.implementation.name, sys.flags.debug, sys.float_info.dig, sys.hexversion > 0, bool(sys.executable), os.sep, os.name, platform.uname().system, platform.libc_ver()[0] != 1, len(os.getloadavg()), platform.python_implementation(), sys.thread_info.name, locale.localeconv()["decimal_point"], locale.setlocale(locale.LC_ALL, "C"), len(sys.builtin_module_names) > 5, sys.api_version > 0, sys.argv is not None
# %% pyparsing_docs [pyparsing]
import pyparsing as pp
n = pp.pyparsing_common.number(); op = pp.one_of("+ - * /"); e = pp.infix_notation(n, [(pp.one_of("* /"), 2, pp.OpAssoc.LEFT), (pp.one_of("+ -"), 2, pp.OpAssoc.LEFT)]); g = pp.Word(pp.alphas)("name") + pp.Suppress("=") + e("val"); w = pp.Word(pp.nums).set_parse_action(lambda t: int(t[0]) * 2)
e.parse_string("1+2*3").as_list(), g.parse_string("x = 4").name, w.transform_string("a 5 b"), [t[0] for t, s, x in w.scan_string("1 2")], pp.DelimitedList(w).parse_string("1,2").as_list(), pp.nested_expr().parse_string("(a (b))").as_list()
