# %% contextlib_docs
import contextlib, io, sys
@contextlib.contextmanager
def tag(name):
    print(f"<{name}>")
    try: yield name
    finally: print(f"</{name}>")
with tag("h1") as t: print(t)
@tag("deco")
def f(): print("in f")
f()
class Timer(contextlib.ContextDecorator):
    def __enter__(self): print("start"); return self
    def __exit__(self, *e): print("stop"); return False
@Timer()
def g(): return 1
class Ab(contextlib.AbstractContextManager):
    def __exit__(self, *a): return True
with Ab(): raise ValueError
with contextlib.suppress(KeyError): {}["x"]
with contextlib.closing(io.StringIO()) as s: s.write("x")
with contextlib.ExitStack() as st:
    st.callback(print, "callback", 1); st.push(lambda *a: print("pushed", a[0])); st.enter_context(tag("x")); more = st.pop_all()
more.close()
with contextlib.nullcontext(5) as n: print(n)
with contextlib.redirect_stderr(io.StringIO()) as e: print("err", file=sys.stderr)
with contextlib.chdir(".") if 0 else contextlib.nullcontext(): pass
try:
    with tag("err"): raise KeyError("k")
except KeyError as k: print("through", k)
g(), e.getvalue(), s.closed
# %% inspect_docs
import inspect, functools
def f(a, /, b: int = 1, *args, c, d=2, **kw) -> str:
    "doc of f"
    return a
class A:
    "doc of A"
    x = 1
    def m(self, y): "doc m"; return y
    @property
    def p(self): return 1
    @classmethod
    def c(cls): pass
    @staticmethod
    def s(): pass
sig = inspect.signature(f)
print(sig, [(p.name, p.kind.name, p.default) for p in sig.parameters.values() if p.name != "x"], sig.return_annotation, inspect.getdoc(f), inspect.signature(A), inspect.signature(A.m), inspect.getfullargspec(f))
ba = sig.bind(1, 2, 3, c=4, z=5); ba.apply_defaults(); print(ba.arguments, ba.args, ba.kwargs, inspect.isfunction(f), inspect.isclass(A), inspect.ismethod(A().m), inspect.isbuiltin(len), inspect.isgeneratorfunction(f), inspect.ismodule(inspect), inspect.isabstract(A), inspect.isroutine(len), inspect.isdatadescriptor(A.p))
print([n for n, _ in inspect.getmembers(A) if n[0] != "_"], [n for n, _ in inspect.getmembers(A(), inspect.ismethod)], inspect.getmro(A), inspect.getmodule(inspect.getdoc).__name__, inspect.cleandoc("  a\n    b"), inspect.classify_class_attrs(A)[0] is not None, inspect.getattr_static(A, "x"), inspect.unwrap(f) is f)
sig.replace(parameters=[]), inspect.Parameter("q", inspect.Parameter.KEYWORD_ONLY, default=3), inspect.signature(len), inspect.signature(functools.partial(f, 1)), inspect.isawaitable(1)
# %% inspect_source
import inspect
def f(x):
    # comment
    return x + 1
class K:
    def m(self): return 1
inspect.getsource(f), inspect.getsource(K.m), inspect.getsourcelines(f)[1], inspect.getsource(inspect.cleandoc)[:12]
# %% ast_dis_tokenize_keyword
import ast, dis, tokenize, io, keyword, token, symtable, builtins
tree = ast.parse("x = 1 + y\nfor i in range(3): print(i)")
class Names(ast.NodeVisitor):
    def __init__(self): self.n = []
    def visit_Name(self, node): self.n.append(node.id); self.generic_visit(node)
class Ren(ast.NodeTransformer):
    def visit_Name(self, node): return ast.copy_location(ast.Name("z" if node.id == "y" else node.id, node.ctx), node)
v = Names(); v.visit(tree); new = ast.fix_missing_locations(Ren().visit(tree))
print(v.n, ast.unparse(new), ast.dump(ast.parse("a.b", mode="eval")), ast.literal_eval("{'a': [1, (2,)]}"), [type(n).__name__ for n in ast.walk(ast.parse("1"))], list(ast.iter_child_nodes(tree))[0].lineno, ast.get_docstring(ast.parse("'d'")))
new.body[0].value = ast.Constant(5); node = ast.Expression(ast.BinOp(ast.Constant(1), ast.Add(), ast.Constant(2))); print(ast.unparse(new), eval(compile(ast.fix_missing_locations(node), "", "eval")))
print([(tokenize.tok_name[t.type], t.string) for t in tokenize.generate_tokens(io.StringIO("a = 1 # c").readline)], tokenize.untokenize([(1, "a"), (54, "+")]) != "", keyword.iskeyword("for"), keyword.kwlist[:3], keyword.softkwlist, "len" in dir(builtins))
st = symtable.symtable("def f(a): b = a", "?", "exec"); print([s.get_name() for s in st.get_symbols()], [f.get_parameters() for f in st.get_children() if f.get_name() == "f"])
isinstance(dis.opmap["LOAD_CONST"], int), dis.opname[dis.opmap["RETURN_VALUE"]], len([i.opname for i in dis.get_instructions("x + 1")]) > 2
# %% dis_function
import dis, io
def f(x): return x
b = io.StringIO(); dis.dis("a + b", file=b); dis.dis("x = 1", file=b)
"a" in b.getvalue(), [i.opname for i in dis.Bytecode("a")][-1], dis.code_info("a")[:4]
# %% traceback_warnings
import traceback, warnings, sys, io
def bad(): raise ValueError("tb")
try: bad()
except ValueError as e:
    print(traceback.format_exc(), traceback.format_exception_only(e), "".join(traceback.format_exception(e)), sys.exc_info()[0], traceback.extract_tb(e.__traceback__)[-1].name, traceback.TracebackException.from_exception(e).exc_type.__name__)
    b = io.StringIO(); traceback.print_exc(file=b); traceback.print_tb(e.__traceback__, file=b)
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always"); warnings.warn("dep", DeprecationWarning); warnings.warn("user")
    class MyW(UserWarning): pass
    warnings.warn(MyW("x"), stacklevel=1); warnings.filterwarnings("ignore", category=MyW); warnings.warn("ign", MyW)
with warnings.catch_warnings():
    warnings.simplefilter("error")
    try: warnings.warn("as error")
    except UserWarning as e: print("raised", e)
len(b.getvalue()) > 20, [(x.category.__name__, str(x.message), x.lineno) for x in w], traceback.format_stack()[-1] != ""
# %% logging_docs
import logging, logging.handlers, io, logging.config
s = io.StringIO(); h = logging.StreamHandler(s); h.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s %(extra)s", defaults={"extra": "-"}))
log = logging.getLogger("a.b"); log.addHandler(h); log.setLevel("DEBUG"); log.propagate = False
class F(logging.Filter):
    def filter(self, r): return "secret" not in r.getMessage()
class H(logging.Handler):
    def __init__(self): super().__init__(); self.l = []
    def emit(self, r): self.l.append(self.format(r))
mine = H(); log.addHandler(mine); log.addFilter(F())
log.debug("d %d", 1); log.info("secret"); log.warning("w", extra={"extra": "E"}); log.log(35, "custom")
try: 1 / 0
except ZeroDivisionError: log.exception("exc")
logging.addLevelName(35, "NOTICE"); ad = logging.LoggerAdapter(log, {"u": 1}); ad.info("adapted")
m = logging.handlers.MemoryHandler(10); log.addHandler(m); log.removeHandler(m); log.disabled = False; log.level
s.getvalue().replace("\n", "|")[:60], [x.split("\n")[0] for x in mine.l], logging.getLevelName(20), log.isEnabledFor(10), log.getEffectiveLevel(), log.name, log.parent is not None
# %% logging_basic
import logging, sys
logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(levelname)s:%(message)s", force=True)
logging.info("hello"); logging.getLogger("x").warning("w %s", 1)
# %% threading_queue
import threading, queue, time
q, out, lock = queue.Queue(), [], threading.Lock()
def worker():
    while (item := q.get()) is not None:
        with lock: out.append(item * 2)
        q.task_done()
ts = [threading.Thread(target=worker, daemon=True, name=f"t{i}") for i in range(3)]
[t.start() for t in ts]; [q.put(i) for i in range(10)]; q.join(); [q.put(None) for _ in ts]; [t.join() for t in ts]
class T(threading.Thread):
    def __init__(self, n): super().__init__(); self.n = n
    def run(self): self.result = self.n ** 2
t = T(5); t.start(); t.join()
loc = threading.local(); loc.x = 1; loc.x += 1; ev = threading.Event(); tm = threading.Timer(0.01, ev.set); tm.start(); ev.wait(2); tm.join()
r = threading.RLock(); cond = threading.Condition(); sem = threading.BoundedSemaphore(1); bar = threading.Barrier(2)
def waits(): bar.wait()
b = threading.Thread(target=waits); b.start(); bar.wait(); b.join()
with r, cond, sem: cond.notify_all()
pq = queue.PriorityQueue(); pq.put((2, "b")); pq.put((1, "a")); lq = queue.LifoQueue(); lq.put(1); sq = queue.SimpleQueue(); sq.put(1)
try: queue.Queue(1).get_nowait()
except queue.Empty: print("empty")
def target(a, b=0): out.append(a + b)
x = threading.Thread(target=target, args=(100,), kwargs={"b": 1}); x.start(); x.join()
def boom(): raise ValueError("in thread")
errs = []; old = threading.excepthook
sorted(out), t.result, loc.x, pq.get(), lq.get(), sq.get(), threading.current_thread().name, threading.main_thread() is threading.current_thread(), x.is_alive(), threading.active_count() >= 1, [t.name for t in ts], ts[0].daemon
# %% futures
from concurrent.futures import ThreadPoolExecutor, as_completed, wait, Future
def f(x):
    if x == 3: raise ValueError(x)
    return x * x
with ThreadPoolExecutor(max_workers=3, thread_name_prefix="p", initializer=lambda: None) as ex:
    fs = {ex.submit(f, i): i for i in range(5)}
    res = {}
    for fu in as_completed(fs):
        try: res[fs[fu]] = fu.result()
        except ValueError as e: res[fs[fu]] = repr(e)
    print(list(ex.map(pow, [1, 2], [3, 4])), len(wait(fs).done))
fu = Future(); fu.add_done_callback(lambda x: print("done", x.result())); fu.set_result(1)
sorted(res.items()), fu.done(), fu.exception()
# %% unittest_docs
import unittest, io
from unittest import mock
class TestS(unittest.TestCase):
    @classmethod
    def setUpClass(cls): cls.shared = 1
    def setUp(self): self.x = [1]; self.addCleanup(lambda: None)
    def test_upper(self): self.assertEqual("foo".upper(), "FOO"); self.assertIn(1, self.x)
    def test_raises(self):
        with self.assertRaises(TypeError) as cm: "s".split(2)
        self.assertRaisesRegex(ValueError, "inv", int, "z"); self.assertAlmostEqual(.1 + .2, .3); self.assertDictEqual({1: 2}, {1: 2})
    def test_sub(self):
        for i in range(2):
            with self.subTest(i=i): self.assertLess(i, 2)
    def test_fail(self): self.assertEqual([1, 2], [1, 3])
    @unittest.skip("why")
    def test_skip(self): pass
    @unittest.expectedFailure
    def test_xf(self): self.fail("x")
    def test_mock(self):
        m = mock.Mock(return_value=3); self.assertEqual(m(1, a=2), 3); m.assert_called_once_with(1, a=2)
        m.attr.method.return_value = 7; self.assertEqual(m.attr.method(), 7); mm = mock.MagicMock(); mm.__len__.return_value = 4; self.assertEqual(len(mm), 4)
        m2 = mock.Mock(side_effect=KeyError("k"))
        with self.assertRaises(KeyError): m2()
class TestA(unittest.IsolatedAsyncioTestCase):
    async def test_a(self): self.assertTrue(True)
s = unittest.TestSuite([unittest.defaultTestLoader.loadTestsFromTestCase(c) for c in (TestS, TestA)])
r = unittest.TextTestRunner(stream=io.StringIO(), verbosity=2).run(s)
r.testsRun, len(r.failures), len(r.errors), len(r.skipped), len(r.expectedFailures), [e[1].splitlines()[-1] for e in r.errors], r.failures[0][1].splitlines()[-8:]
# %% mock_patch
from unittest import mock
class A:
    def m(self): return "real"
    n = 1
def use(): return A().m()
with mock.patch.object(A, "m", return_value="fake") as p: print(use(), p.called, p.call_count)
with mock.patch.dict({"a": 1}, b=2) as d: print(d)
print(use())
m = mock.create_autospec(A); pm = mock.PropertyMock(return_value=4); type(m).z = pm
m.z, mock.call(1), mock.ANY == 5, mock.sentinel.x
# %% doctest_docs
import doctest
def fact(n):
    """Factorial.

    >>> fact(3)
    6
    >>> [fact(n) for n in range(4)]
    [1, 1, 2, 6]
    >>> fact(-1)
    Traceback (most recent call last):
        ...
    ValueError: n must be >= 0
    """
    if n < 0: raise ValueError("n must be >= 0")
    return 1 if n < 2 else n * fact(n - 1)
r = doctest.DocTestRunner(verbose=False)
for t in doctest.DocTestFinder().find(fact, "fact", globs={"fact": fact}): r.run(t)
ex = doctest.DocTestParser().get_examples(">>> 1\n1\n")
r.summarize(), len(ex), doctest.run_docstring_examples(fact, {"fact": fact})
# %% doctest_testmod
import doctest
def g():
    """
    >>> g()
    5
    """
    return 5
doctest.testmod()
# %% pickle_modules
import pickle, pickletools, copyreg, io, shelve, datetime, decimal, collections, fractions, uuid
P = collections.namedtuple("P", "x y")
objs = [1, "a", b"b", [1], (2,), {3: 4}, {5}, None, True, 1.5, 2j, datetime.date(2024, 1, 1), decimal.Decimal("1.1"), fractions.Fraction(1, 2), collections.Counter("aa"), collections.OrderedDict(a=1), collections.deque([1]), range(3), slice(1), uuid.UUID(int=5), len, int, P(1, 2), bytearray(b"z"), frozenset([1])]
print(pickle.loads(pickle.dumps(objs)) == objs, [type(o).__name__ for o in pickle.loads(pickle.dumps(objs, 2))][:3])
class C:
    def __init__(s, v): s.v = v
class MyP(pickle.Pickler):
    def persistent_id(self, o): return "pid" if o == "special" else None
class MyU(pickle.Unpickler):
    def persistent_load(self, p): return "loaded " + p
b = io.BytesIO(); MyP(b).dump(["special"]); b.seek(0); out = io.StringIO(); pickletools.dis(pickle.dumps(1), out)
try: pickle.dumps(lambda: 0)
except (pickle.PicklingError, AttributeError) as e: print("cannot")
bufs = []; pickle.dumps(pickle.PickleBuffer(b"x"), 5, buffer_callback=bufs.append)
MyU(b).load(), pickle.loads(pickle.dumps(C(2))).v, len(bufs), "STOP" in out.getvalue(), pickle.HIGHEST_PROTOCOL
# %% typing_docs
from typing import *
import typing, collections.abc
T = TypeVar("T"); P = ParamSpec("P"); Ts = TypeVarTuple("Ts")
def add_logging(f: Callable[P, T]) -> Callable[P, T]:
    def inner(*a: P.args, **k: P.kwargs) -> T: return f(*a, **k)
    return inner
class Node(Generic[T]):
    def __init__(self, v: T, nxt: "Optional[Node[T]]" = None): self.v, self.nxt = v, nxt
class Sup(Protocol[T]):
    def close(self) -> T: ...
@final
class Fin:
    @override_ if False else (lambda f: f)
    def x(self) -> Self: return self
@no_type_check
def n(): ...
class Movie(TypedDict):
    name: str
    year: NotRequired[int]
Pt = NamedTuple("Pt", [("x", int)]); M2 = TypedDict("M2", {"in": int})
print(add_logging(lambda x: x)(4), Node[int](1).v, get_type_hints(Node.__init__), get_origin(list[int]), get_args(Dict[str, int]), Movie(name="x"), Movie.__required_keys__, Pt(1), M2.__annotations__, reveal_type is not None, is_typeddict(Movie))
List[int], Union[int, str, None], Tuple[int, ...], Type[int], Any, ClassVar[int], Final[int], Literal[1], ForwardRef("X"), NewType("U", int).__name__, TypeVar("B", bound=int).__bound__, Concatenate[int, P], Unpack[Ts], Never, LiteralString, TYPE_CHECKING, runtime_checkable(Sup) is Sup, isinstance([], Iterable), AnyStr.__constraints__, assert_type(1, int)
# %% gc_sys_misc
import gc, sys, types, atexit, functools, weakref, signal, select, selectors, contextvars, copy, zlib, getpass, string
class Node: pass
a, b = Node(), Node(); a.b, b.a = b, a; r = weakref.ref(a); del a, b
gc.disable(); gc.enable(); print(gc.collect() >= 1, r(), gc.is_tracked([]))
v = contextvars.ContextVar("v", default=1); tok = v.set(2); ctx = contextvars.copy_context(); v.reset(tok); print(ctx[v], v.get(), ctx.run(v.get))
print(sys.getrecursionlimit(), sys.getsizeof(1) > 0, len(sys.version) > 0, sys.exc_info(), sys.maxunicode, sys.executable is not None, "math" in sys.builtin_module_names or True)
types.DynamicClassAttribute, functools.WRAPPER_ASSIGNMENTS, sys.stdin is not None, string.whitespace
# %% net_readonly_objects
import socket, ssl, http.client, urllib.request
socket.AF_INET, socket.htons(1), socket.inet_aton("1.2.3.4"), socket.gethostname() != "", ssl.OPENSSL_VERSION[:7], socket.inet_ntoa(b"\1\2\3\4"), urllib.request.pathname2url("/a b"), http.client.OK
# %% zoneinfo_calendar_locale
import zoneinfo, datetime as dt
z = zoneinfo.ZoneInfo("America/Los_Angeles"); d = dt.datetime(2020, 10, 31, 12, tzinfo=z)
d, d.tzname(), (d + dt.timedelta(days=1)).utcoffset(), d.astimezone(dt.timezone.utc), z.utcoffset(d), str(z), d.fold
# %% small_modules
import cmd, getopt, optparse, gettext, stringprep, quopri, plistlib, filecmp, pkgutil, bdb, rlcompleter, io
class Shell(cmd.Cmd):
    prompt = "> "
    def do_hi(self, arg): print("hi", arg)
    def do_quit(self, arg): return True
Shell().onecmd("hi bob")
p = optparse.OptionParser(); p.add_option("-f", dest="f", type="int"); o, a = p.parse_args(["-f", "3", "x"])
getopt.getopt(["-a", "1", "z"], "a:"), o.f, a, quopri.encodestring(b"\xe9"), plistlib.loads(plistlib.dumps({"a": [1]})), filecmp.cmp("../data/text.txt", "../data/text.txt"), gettext.gettext("x"), stringprep.in_table_a1("a")
# %% importlib_docs [pip]
import importlib, importlib.util, importlib.metadata, importlib.resources, pkgutil
importlib.import_module("json.decoder").__name__, importlib.util.find_spec("json").name, importlib.util.find_spec("nope_nope"), importlib.metadata.version("pip") != "", any(m.name == "json" for m in pkgutil.iter_modules()), importlib.resources.files("json").joinpath("__init__.py").is_file()
# %% selftest_cprofile
import cProfile, pstats, io, trace
def f(): return sum(range(10))
pr = cProfile.Profile(); pr.enable(); f(); pr.disable()
s = io.StringIO(); pstats.Stats(pr, stream=s).sort_stats("cumulative").print_stats()
"function calls" in s.getvalue()
# %% tracemalloc_faulthandler
import tracemalloc
tracemalloc.start(); x = [1] * 1000; snap = tracemalloc.take_snapshot(); tracemalloc.stop()
len(snap.statistics("lineno")) > 0

# %% warnings_for_the_whole_program
import sys
import warnings
if not sys.warnoptions:
    warnings.simplefilter("ignore")
warnings.warn("not shown")
warnings.filterwarnings("error", category=DeprecationWarning)
warnings.filterwarnings("ignore", message="old")
warnings.filterwarnings("ignore", message="old")
try:
    warnings.warn("gone", DeprecationWarning)
except DeprecationWarning as error:
    print(repr(error))
warnings.warn("old way", DeprecationWarning)
warnings.resetwarnings()
warnings.simplefilter("ignore")
warnings.filters[0][:3], len(warnings.filters)

# %% logging_configured_after_handlers
import logging
import logging.config
import sys
first = logging.getLogger("first")
first.addHandler(logging.StreamHandler(sys.stdout))
first.warning("before")
logging.config.dictConfig({
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"short": {"format": "%(levelname)s %(message)s"}},
    "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "short", "stream": "ext://sys.stdout"}},
    "root": {"level": "INFO", "handlers": ["out"]},
})
first.info("after")
[type(handler).__name__ for handler in logging.getLogger().handlers]
# %% assert_warns_after_a_warning
import unittest, warnings, io
warnings.simplefilter("ignore")
warnings.warn("this leaves __warningregistry__ in the namespace")
class T(unittest.TestCase):
    def test(self):
        with self.assertWarns(UserWarning) as seen:
            warnings.warn("again")
        with self.assertWarnsRegex(DeprecationWarning, "old"):
            warnings.warn("old", DeprecationWarning)
        self.assertEqual(str(seen.warning), "again")
result = unittest.TextTestRunner(stream=io.StringIO()).run(unittest.TestLoader().loadTestsFromTestCase(T))
result.testsRun, result.errors, result.failures, "__warningregistry__" in globals()
# %% debug_level_of_a_connection
import http.client
connection = http.client.HTTPConnection("localhost", 1)
connection.debuglevel = 1
connection.timeout = 3
connection.debuglevel, connection.timeout, connection.host
