# %% descriptors_variety
import weakref
class Lazy:
    def __init__(self, f): self.f = f; self.__doc__ = f.__doc__
    def __set_name__(self, owner, name): self.name = name
    def __get__(self, obj, cls):
        if obj is None: return self
        value = obj.__dict__[self.name] = self.f(obj)
        return value
class Validated:
    def __init__(self, *checks): self.checks, self.data = checks, weakref.WeakKeyDictionary()
    def __get__(self, obj, cls): return self.data[obj]
    def __set__(self, obj, v):
        for c in self.checks: assert c(v), f"bad {v}"
        self.data[obj] = v
class Circle:
    r = Validated(lambda v: v > 0, lambda v: isinstance(v, (int, float)))
    def __init__(self, r): self.r = r
    @Lazy
    def area(self): print("computing"); return 3 * self.r ** 2
c = Circle(2); print(c.area, c.area, c.__dict__, Circle.__dict__["area"].name)
try: c.r = -1
except AssertionError as e: print(e)
class Meta(type):
    @property
    def kind(cls): return cls.__name__.lower()
class K(metaclass=Meta): pass
class TypedProperty(property):
    def __get__(self, o, t=None): return ("tp", super().__get__(o, t))
class Q:
    @TypedProperty
    def z(self): return 1
K.kind, Q().z, isinstance(Q.__dict__["z"], property)
# %% getattr_hooks
class Proxy:
    def __init__(self, target): object.__setattr__(self, "_t", target)
    def __getattr__(self, n): print("get", n); return getattr(self._t, n)
    def __setattr__(self, n, v): print("set", n); setattr(self._t, n, v)
    def __delattr__(self, n): print("del", n); delattr(self._t, n)
    def __dir__(self): return ["x"]
    def __repr__(self): return f"Proxy({self._t!r})"
    def __eq__(self, o): return self._t == o
    def __hash__(self): return hash(self._t)
    def __getitem__(self, k): return self._t[k]
class T: 
    def __init__(self): self.x = 1
    def __repr__(self): return f"T{self.__dict__}"
p = Proxy(T()); p.y = 5; p.x += 1; del p.y
class Attr(dict):
    __getattr__ = dict.__getitem__; __setattr__ = dict.__setitem__; __delattr__ = dict.__delitem__
a = Attr(b=1); a.c = 2; del a.b
class Dyn:
    def __getattribute__(self, n):
        if n.startswith("dyn_"): return n[4:].upper()
        return super().__getattribute__(n)
    real = 1
def __getattr__(name): return name
print(repr(p), dir(p), a, Dyn().dyn_x, Dyn().real)
Proxy([1, 2])[0], Proxy(3) == 3, vars(T()), getattr(a, "zz", None) if "zz" in a else "no"
# %% init_subclass_plugins
class Plugin:
    plugins = {}
    def __init_subclass__(cls, /, name=None, abstract=False, **kw):
        super().__init_subclass__(**kw)
        if not abstract: Plugin.plugins[name or cls.__name__] = cls
    def __class_getitem__(cls, key): return cls.plugins[key]
class Base(Plugin, abstract=True): pass
class Csv(Base, name="csv"):
    def run(self): return "csv!"
class Json(Base):
    def run(self): return "json!"
{k: v().run() for k, v in Plugin.plugins.items()}, Plugin["csv"]().run(), [c.__name__ for c in Base.__subclasses__()], Plugin.__subclasses__()
# %% slots_and_weakrefs
import weakref, gc, sys
class P:
    __slots__ = ("x", "y", "__weakref__")
    def __init__(s, x, y): s.x, s.y = x, y
class D(P):
    __slots__ = {"z": "the z"}
p = P(1, 2); r = weakref.ref(p, lambda _: print("gone")); print(r() is p)
try: p.q = 1
except AttributeError as e: print(e)
del p; print(r())
d = D(1, 2); d.z = 3; print(D.z.__doc__, hasattr(d, "__dict__"), D.__slots__)
class Node:
    def __init__(s, n): s.n, s.children, s._parent = n, [], None
    @property
    def parent(s): return s._parent and s._parent()
    def add(s, c): c._parent = weakref.ref(s); s.children.append(c); return c
root = Node("r"); leaf = root.add(Node("l")); print(leaf.parent.n); del root; gc.collect(); print(leaf.parent)
cache = weakref.WeakValueDictionary()
class Img: pass
i = Img(); cache["a"] = i; print(list(cache)); del i; print(list(cache))
class Cb:
    def hit(self): return "hit"
c = Cb(); m = weakref.WeakMethod(c.hit); print(m()()); f = weakref.finalize(c, print, "finalized"); f.alive; del c; print(m(), f.alive)
s = weakref.WeakSet(); n = Node(1); s.add(n); len(s), weakref.getweakrefcount(n), weakref.proxy(n).n, weakref.getweakrefs(n) != []
# %% generator_protocols
def averager():
    total = n = 0
    avg = None
    while True:
        try: x = yield avg
        except ValueError as e: print("caught", e); x = 0
        except GeneratorExit: print("closing"); raise
        total += x; n += 1; avg = total / n
a = averager(); next(a); print(a.send(10), a.send(20), a.throw(ValueError("v"))); a.close()
def sub(): 
    try: r = yield 1; print("sub got", r); yield 2
    finally: print("sub done")
    return "result"
def deleg(): res = yield from sub(); print(res); return res * 2
d = deleg(); print(next(d), d.send("hey"))
try: next(d)
except StopIteration as s: print(s.value)
def coro(f):
    def start(*a, **k): g = f(*a, **k); next(g); return g
    return start
@coro
def grep(p, target):
    while True:
        line = yield
        if p in line: target.send(line)
@coro
def printer():
    while True: print("->", (yield))
g = grep("py", printer()); g.send("python"); g.send("c")
def flatten(x):
    for i in x:
        if isinstance(i, list): yield from flatten(i)
        else: yield i
try: g.throw(KeyError("out"))
except KeyError as e: print(repr(e))
list(flatten([1, [2, [3, []]]])), (x for x in [1]).__next__(), [*map(lambda *a: a, [1], [2])]
# %% match_everything
from dataclasses import dataclass
from enum import Enum
@dataclass
class Pt: x: int; y: int = 0
class Op(Enum): ADD = "+"; SUB = "-"
def m(v):
    match v:
        case None | True | False: return f"const {v}"
        case int(n) if n < 0: return "neg"
        case int() | float(): return "num"
        case "go" | "run" as word: return word
        case str(): return "str"
        case []: return "empty"
        case [x]: return f"one {x}"
        case [Pt(x=0, y=0), *_]: return "origin first"
        case [Op.ADD, a, b]: return a + b
        case [1, [2, *inner], *rest]: return inner, rest
        case (first, *_, last): return first, last
        case {"type": "circle", "r": r, **kw}: return r, kw
        case {"pts": [Pt(a, b), Pt(y=c)]}: return a, b, c
        case {}: return "dict"
        case Pt(x, y) if x == y: return "diag"
        case Pt(): return "pt"
        case type(): return "cls"
        case _: return "other"
[m(v) for v in (None, True, -1, 2, 2.5, "go", "zz", [], [5], [Pt(0), 3], [Op.ADD, 1, 2], [1, [2, 3, 4], 5], (1, 2, 3), {"type": "circle", "r": 2, "c": 1}, {"pts": [Pt(1, 2), Pt(3, 4)]}, {"z": 1}, Pt(2, 2), Pt(1, 2), int, {1}, b"x", range(3))]
# %% operators_all
class V:
    def __init__(s, *a): s.a = a
    def __repr__(s): return f"V{s.a}"
    def __matmul__(s, o): return sum(x * y for x, y in zip(s.a, o.a))
    def __imatmul__(s, o): s.a = (s @ o,); return s
    def __neg__(s): return V(*(-x for x in s.a))
    def __pos__(s): return s
    def __invert__(s): return "~"
    def __radd__(s, o): return ("radd", o)
    def __rpow__(s, o, m=None): return ("rpow", o)
    def __pow__(s, o, m=None): return ("pow", o, m)
    def __divmod__(s, o): return (1, 2)
    def __floordiv__(s, o): return "//"
    def __ilshift__(s, o): s.a += (o,); return s
    def __lshift__(s, o): return "<<"
    def __contains__(s, x): return x in s.a
    def __bool__(s): return bool(s.a)
    def __len__(s): return len(s.a)
    def __index__(s): return 2
    def __int__(s): return 7
    def __float__(s): return 7.5
    def __complex__(s): return 1j
    def __round__(s, n=None): return ("round", n)
    def __trunc__(s): return 3
    def __floor__(s): return 4
    def __ceil__(s): return 5
    def __format__(s, spec): return f"<{spec}>"
    def __bytes__(s): return b"v"
    def __reversed__(s): return iter(s.a[::-1])
    def __length_hint__(s): return 10
    def __getitem__(s, i): return s.a[i] if isinstance(i, int) else i
    def __setitem__(s, i, v): print("set", i, v)
    def __delitem__(s, i): print("del", i)
    def __call__(s, *a, **k): return a, k
    def __lt__(s, o): return s.a < o.a
    def __hash__(s): return 5
    def __eq__(s, o): return isinstance(o, V) and s.a == o.a
    def __abs__(s): return 11
    def __mod__(s, o): return "%"
    def __rmod__(s, o): return "r%"
    def __and__(s, o): return "&"
    def __xor__(s, o): return "^"
    def __or__(s, o): return "|"
    def __sizeof__(s): return 100
import math, operator
v = V(1, 2); w = v; w @= V(3, 4); print(w, v is w); v <<= 9; v[1:2] = 5; v[1, ..., ::2] = 6; del v["k"]
print(-v, +v, ~v, 1 + v, 2 ** v, pow(v, 2, 3), divmod(v, 1), v // 1, v << 1, 11 in v, bool(V()), len(v), [0, 1, 2][v], int(v), float(v), complex(v), round(v, 2), round(v), math.trunc(v), math.floor(v), math.ceil(v), f"{v:abc}", format(v), bytes(v), list(reversed(v)), operator.length_hint(v), v[1:2], v[..., 1], v(1, a=2), V(1) < V(2), max(V(1), V(3)), {v: 1}[v], abs(v), v % 1, 5 % v, v & 1, v ^ 1, v | 1, hex(V()), 3 .__add__(4), (1).bit_length())
# %% pep695_ok [3.12]
type Vec = list[float]
type Tree[T] = T | list[Tree[T]]
class Stack[T]:
    def __init__(self) -> None: self.items: list[T] = []
    def push(self, x: T): self.items.append(x); return self
    @classmethod
    def of[U](cls, *xs: U) -> "Stack[U]":
        s = cls()
        for x in xs: s.push(x)
        return s
class IntStack(Stack[int]): pass
def first[T: (int, str), *Ts, **P](xs: list[T], *a: *Ts) -> T: return xs[0]
class Named[T](dict[str, T]): __slots__ = ()
from typing import override
class Sub(IntStack):
    @override
    def push(self, x): return super().push(x * 2)
print(Vec, Vec.__value__, Tree.__type_params__, Stack.__type_params__, first.__type_params__, first([3]), Stack[int], IntStack.__orig_bases__, Stack.of(1, 2).items, Sub().push(4).items, Sub.push.__override__)
songs = ["a", "b"]
f"{', '.join(songs)} {f"{f"{1 + 1}"}"} {"\n".join(songs)} {
    1 + 1  # comment
}", Named(a=1)
# %% exec_eval
ns = {}
exec("def f(x):\n    return x * 2\nclass A:\n    y = f(4)\nz = [f(i) for i in range(3)]", ns)
code = compile("a + b", "<s>", "eval"); print(eval(code, {"a": 1}, {"b": 2}), ns["f"](2), ns["A"].y, ns["z"], code.co_names)
def local():
    x = 3
    exec("x = 10", {}, d := {})
    return eval("x + 1"), d
import ast
tree = ast.parse("def g(n): return n + 1"); exec(compile(tree, "<ast>", "exec")); print(g(1))
class Calc(ast.NodeVisitor):
    ops = {ast.Add: lambda a, b: a + b, ast.Mult: lambda a, b: a * b, ast.Sub: lambda a, b: a - b}
    def visit_BinOp(s, n): return s.ops[type(n.op)](s.visit(n.left), s.visit(n.right))
    def visit_Constant(s, n): return n.value
    def visit_Expression(s, n): return s.visit(n.body)
    def generic_visit(s, n): raise ValueError(type(n).__name__)
print(Calc().visit(ast.parse("2 + 3 * 4 - 1", mode="eval")))
try: eval("1 +")
except SyntaxError as e: print(e.msg, e.lineno, e.offset)
try: eval("x.y", {"__builtins__": {}}, {"x": 1})
except AttributeError as e: print(e)
template = "lambda {args}: {body}"
[eval(template.format(args=a, body=b))(3) for a, b in [("x", "x+1"), ("y", "y**2")]], local(), sorted(k for k in ns if k[0] != "_"), eval("__import__('math').pi"), globals()["ns"] is ns, "x" in locals()
# %% deep_recursion
import sys, functools
sys.setrecursionlimit(5000)
def down(n): return 0 if n == 0 else 1 + down(n - 1)
@functools.lru_cache(None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
def ack(m, n): return n + 1 if m == 0 else ack(m - 1, 1) if n == 0 else ack(m - 1, ack(m, n - 1))
class L:
    def __init__(s, v, n=None): s.v, s.n = v, n
    def __len__(s): return 1 + (0 if s.n is None else len(s.n))
    def __repr__(s): return f"{s.v}" + ("" if s.n is None else f"->{s.n!r}")
l = None
for i in range(300): l = L(i, l)
def inf(): return inf()
try: inf()
except RecursionError as e: print(type(e).__name__, str(e)[:32])
down(2000), fib(300) % 1000, ack(2, 9), len(l), len(repr(l))
# %% class_body_tricks
class Meta(type):
    @classmethod
    def __prepare__(m, name, bases, **kw):
        class D(dict):
            def __missing__(self, k):
                if k.startswith("__"): raise KeyError(k)
                self[k] = len(self); return self[k]
        return D()
    def __instancecheck__(c, o): return o == "magic" or super().__instancecheck__(o)
    def __subclasscheck__(c, o): return o is int or super().__subclasscheck__(o)
    def __repr__(c): return f"<cls {c.__name__}>"
    def __add__(c, o): return type(c.__name__ + o.__name__, (c, o), {})
    def mro(c): print("mro", c.__name__); return super().mro()
class E(metaclass=Meta): A; B; C
class F(metaclass=Meta): x = 1
print(E.A < E.B, isinstance("magic", F), issubclass(int, F), E, (E + F).__bases__, (E + F).x)
class Outer:
    n = 3; vals = [n * 2 for n in range(2)]
    class Inner:
        def hi(self): return __class__.__qualname__
    if n > 2:
        def cond(self): return "yes"
    for i in range(2): exec(f"def m{i}(self): return {i}")
    locals()["dynamic"] = 5
    del i
    def __private(self): return "priv"
    def call(self): return self.__private()
Outer.later = lambda self: "later"; Outer.st = staticmethod(lambda: "st"); setattr(Outer, "cl", classmethod(lambda c: c.__name__))
o = Outer(); o.__class__ = type("O2", (Outer,), {}); del Outer.n
Outer.vals, Outer.Inner().hi(), o.cond(), o.m1(), Outer.dynamic, o.call(), o._Outer__private(), o.later(), o.st(), o.cl(), hasattr(Outer, "n"), type(o).__mro__[1].__name__
# %% vars_of_modules
import math, string, operator
names = [n for n, v in vars(math).items() if callable(v) and not n.startswith("_")][:3]
table = {name: getattr(math, name) for name in ("sin", "cos", "sqrt")}
ops = dict(zip("+-*", map(operator.__dict__.get, ("add", "sub", "mul"))))
names == [n for n in dir(math) if n in names] or len(names), table["sqrt"](16), ops["*"](3, 4), {k: f(0) for k, f in table.items()}, math.__dict__["pi"], getattr(string, "digits"), vars(string)["ascii_lowercase"][:3]
# %% dispatch_of_builtins
from functools import reduce, partial, singledispatch, singledispatchmethod
FUN = {"len": len, "sum": sum, "sorted": sorted, "rev": lambda x: list(reversed(x)), "max": max, "str": str, "type": type, "getattr": getattr, "iter": iter}
print({k: f([3, 1, 2]) for k, f in FUN.items() if k not in ("getattr", "type", "iter")}, [f("abc") for f in (str.upper, str.title, len, list, set and sorted)])
compose = lambda *fs: reduce(lambda f, g: lambda x: f(g(x)), fs)
print(compose(str, abs, int)("-5"), list(map(partial(getattr, "abc"), ["upper"]))[0](), list(filter(callable, [1, len, "x", print])), [*map(isinstance, [1, "a"], [int, int])], sorted("bA", key=str.lower), list(map(type, [1, "a"])), list(map(getattr, [1, 2j], ["real", "imag"])), any(map(hasattr, [1], ["real"])))
@singledispatch
def show(x): return "obj"
@show.register
def _(x: int): return "int"
@show.register(list)
@show.register(tuple)
def _(x): return "seq"
class F:
    @singledispatchmethod
    def neg(self, a): raise NotImplementedError
    @neg.register
    def _(self, a: int): return -a
    @neg.register
    @classmethod
    def _(cls, a: str): return cls.__name__ + a
show(1), show([]), show((1,)), show(""), show.dispatch(bool).__name__, sorted(t.__name__ for t in show.registry), F().neg(3), F().neg("q")
# %% decorators_args
import functools, time, inspect, random
def retry(times=3, exceptions=(Exception,), on_fail=None):
    def deco(f):
        @functools.wraps(f)
        def w(*a, **k):
            for i in range(times):
                try: return f(*a, **k)
                except exceptions as e:
                    print("retry", i, e)
                    if i == times - 1: return on_fail(e) if on_fail else None
        return w
    return deco
def validate(**types):
    def deco(f):
        sig = inspect.signature(f)
        @functools.wraps(f)
        def w(*a, **k):
            bound = sig.bind(*a, **k); bound.apply_defaults()
            for n, v in bound.arguments.items():
                if n in types and not isinstance(v, types[n]): raise TypeError(f"{n} must be {types[n].__name__}")
            return f(*bound.args, **bound.kwargs)
        w.__signature__ = sig
        return w
    return deco
class CountCalls:
    def __init__(self, f): functools.update_wrapper(self, f); self.f, self.n = f, 0
    def __call__(self, *a, **k): self.n += 1; return self.f(*a, **k)
    def __get__(self, o, c): return functools.partial(self, o)
def singleton(cls):
    inst = {}
    @functools.wraps(cls, updated=())
    def get(*a, **k):
        if cls not in inst: inst[cls] = cls(*a, **k)
        return inst[cls]
    return get
def add_repr(cls):
    cls.__repr__ = lambda s: f"{cls.__name__}({', '.join(f'{k}={v!r}' for k, v in vars(s).items())})"; return cls
def timed(f=None, *, unit="s"):
    if f is None: return functools.partial(timed, unit=unit)
    @functools.wraps(f)
    def w(*a, **k):
        t = time.perf_counter(); r = f(*a, **k); w.took = time.perf_counter() - t; return r
    return w
n = iter([1, 2])
@retry(3, (ValueError,), on_fail=lambda e: "gave up")
def flaky(): 
    if next(n, 0): raise ValueError("flaky")
    return "ok"
@validate(a=int, b=str)
def f(a, b="x", *c): return a, b, c
class K:
    @CountCalls
    def m(self, x): return x * 2
    @timed(unit="ms")
    def t(self): return 1
@singleton
class Conf:
    def __init__(self): self.v = 1
@add_repr
class P:
    def __init__(s): s.x, s.y = 1, "z"
try: f("1")
except TypeError as e: print(e)
k = K(); k.m(1); k.m(2)
flaky(), f(1), inspect.signature(f), K.__dict__["m"].n, k.t(), K.t.took >= 0, Conf() is Conf(), P(), flaky.__wrapped__.__name__
# %% itertools_recipes
from itertools import *; from collections import *; import operator, functools, heapq, bisect, math, random, statistics, fractions, array, cmath
def take(n, it): return list(islice(it, n))
def primes():
    comp = {}
    for n in count(2):
        if n not in comp: yield n; comp[n * n] = [n]
        else:
            for p in comp.pop(n): comp.setdefault(p + n, []).append(p)
print(take(5, primes()), list(accumulate([1, 2, 3], operator.mul)), list(chain.from_iterable([[1], [2]])), list(compress("abc", [1, 0, 1])), [list(g) for k, g in groupby("aab")], list(pairwise([1, 2, 3])), list(product("ab", repeat=2))[:2], list(permutations([1, 2])), list(combinations_with_replacement("ab", 2)), list(zip_longest([1], [2, 3], fillvalue=0)), list(starmap(pow, [(2, 3)])), list(takewhile(lambda x: x < 3, count())), [next(i) for i in tee([1, 2])], list(filterfalse(None, [0, 1])), list(batched("abc", 2)) if "batched" in globals() else [("a", "b"), ("c",)])
h = []; [heapq.heappush(h, x) for x in [(3, "c"), (1, "a")]]; d = deque([1, 2, 3], maxlen=3); d.appendleft(0); d.rotate(1); c = Counter("abca"); c.update("a"); c["z"] -= 1; od = OrderedDict(a=1, b=2); od.move_to_end("a"); cm = ChainMap({"a": 1}, {"b": 2}); cm["c"] = 3; dd = defaultdict(lambda: defaultdict(int)); dd["x"]["y"] += 1
class UD(UserDict):
    def __setitem__(s, k, v): super().__setitem__(k.upper(), v)
class UL(UserList): pass
NT = namedtuple("NT", "x y", defaults=[5]); NT.__doc__ += "!"; class_ = NT(1)._replace(y=2)._asdict(); a = array.array("i", [1, 2]); a.append(3); bisect.insort(l := [1, 3], 2, key=lambda v: v)
heapq.heappop(h), list(heapq.merge([1, 3], [2])), heapq.nlargest(1, [1, 5]), d, c.most_common(1), c - Counter("a"), od, cm.new_child({"q": 1}).maps[0], dd, UD(a=1), UL([1]) + [2], class_, a.tobytes()[:1], l, statistics.quantiles([1, 2, 3, 4]), statistics.NormalDist(0, 1).cdf(0), statistics.linear_regression([1, 2], [2, 4]).slope, statistics.multimode("aab"), fractions.Fraction("0.25").limit_denominator(10), math.comb(5, 2), math.isqrt(17), math.dist((0, 0), (3, 4)), math.prod([1, 2]), math.gcd(12, 18), math.lcm(4, 6), math.fsum([.1] * 10), cmath.polar(1j)[0], functools.reduce(operator.or_, [{1}, {2}]), operator.itemgetter(1, 0)("ab"), operator.attrgetter("real")(3), random.Random(0).sample(range(5), 2)
