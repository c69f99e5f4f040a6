# %% orm_metaclass
class Field:
    def __init__(self, kind, default=None): self.kind, self.default = kind, default
    def __set_name__(self, owner, name): self.name = "_" + name
    def __get__(self, obj, owner=None): return self if obj is None else obj.__dict__.get(self.name, self.default)
    def __set__(self, obj, value):
        if not isinstance(value, self.kind): raise TypeError(f"{self.name[1:]} must be {self.kind.__name__}")
        obj.__dict__[self.name] = value
    def __delete__(self, obj): obj.__dict__.pop(self.name, None)
class ModelMeta(type):
    registry = {}
    def __new__(mcls, name, bases, ns, table=None, **kw):
        cls = super().__new__(mcls, name, bases, ns, **kw)
        cls._fields = {k: v for k, v in ns.items() if isinstance(v, Field)}
        cls._table = table or name.lower() + "s"
        mcls.registry[name] = cls
        return cls
    def __call__(cls, **kw):
        obj = super().__call__()
        for k, v in kw.items(): setattr(obj, k, v)
        return obj
    def __getattr__(cls, name):
        if name.startswith("find_by_"): return lambda v: f"SELECT * FROM {cls._table} WHERE {name[8:]} = {v!r}"
        raise AttributeError(name)
    def __iter__(cls): return iter(cls._fields)
    def __contains__(cls, name): return name in cls._fields
    def __len__(cls): return len(cls._fields)
class Model(metaclass=ModelMeta):
    def save(self):
        cols = ", ".join(self._fields)
        return f"INSERT INTO {self._table} ({cols}) VALUES ({', '.join(repr(getattr(self, c)) for c in self._fields)})"
class User(Model, table="people"):
    name = Field(str); age = Field(int, 0)
u = User(name="ann", age=3); print(u.save(), list(User), "age" in User, len(User))
try: u.age = "x"
except TypeError as e: print(e)
del u.age
User.find_by_name("bob"), u.age, sorted(ModelMeta.registry), User.__dict__["name"].kind
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
# %% bank
from decimal import Decimal, getcontext, ROUND_HALF_UP, localcontext, InvalidOperation
from abc import ABC, abstractmethod
import datetime as dt, uuid, json
class InsufficientFunds(Exception):
    def __init__(self, need, have): super().__init__(f"need {need}, have {have}"); self.need, self.have = need, have
class Account(ABC):
    _count = 0
    def __init__(self, owner, balance="0"):
        type(self)._count += 1; Account._count += 0
        self.owner, self._balance, self.history = owner, Decimal(balance), []
        self.id = uuid.uuid5(uuid.NAMESPACE_DNS, owner)
    @property
    def balance(self): return self._balance
    @balance.setter
    def balance(self, v):
        if v < 0: raise InsufficientFunds(-v, self._balance)
        self._balance = v
    @abstractmethod
    def fee(self): ...
    def withdraw(self, n):
        self.balance -= Decimal(n) + self.fee(); self.history.append(("out", n)); return self
    def __iadd__(self, n): self.balance += Decimal(n); return self
    def __str__(self): return f"{self.owner:<6}|{self.balance:>10,.2f}"
class Checking(Account):
    def fee(self): return Decimal("0.10")
class Savings(Account):
    def fee(self): return Decimal(0)
    def interest(self, rate): self.balance += (self.balance * Decimal(rate)).quantize(Decimal("0.01"), ROUND_HALF_UP)
a, b = Checking("ann", "100"), Savings("bob", "1000.555")
a.withdraw("20").withdraw(30); b.interest("0.0125"); b += 5
try: a.withdraw(500)
except InsufficientFunds as e: print(e, e.need)
try: Account("x")
except TypeError as e: print(str(e)[:40])
with localcontext() as ctx: ctx.prec = 4; print(Decimal(1) / 3)
getcontext().prec = 28
try: Decimal("abc")
except InvalidOperation as e: print("invalid", type(e).__mro__[1].__name__)
print(a, b, sep="\n"); json.dumps(a.__dict__, default=str, sort_keys=True), Checking._count
# %% text_adventure
import textwrap, shlex, random, io, sys
ROOMS = {"hall": {"desc": "A dusty hall.", "exits": {"north": "library"}, "items": ["lamp"]}, "library": {"desc": "Shelves.", "exits": {"south": "hall"}, "items": []}}
class Game:
    def __init__(self): self.room, self.bag, self.over = "hall", set(), False
    def do(self, line):
        verb, *args = shlex.split(line)
        return getattr(self, f"do_{verb}", self.unknown)(*args)
    def unknown(self, *a): return "I don't understand."
    def do_look(self): r = ROOMS[self.room]; return textwrap.fill(f"{r['desc']} Exits: {', '.join(r['exits'])}. Items: {', '.join(r['items']) or 'none'}", 40)
    def do_go(self, way):
        if way not in ROOMS[self.room]["exits"]: return "No way."
        self.room = ROOMS[self.room]["exits"][way]; return self.do_look()
    def do_take(self, item):
        ROOMS[self.room]["items"].remove(item); self.bag.add(item); return f"Taken {item}"
    def do_quit(self): self.over = True; return "bye"
sys.stdin = io.StringIO("look\ntake lamp\ngo north\ngo up\ndance 'a b'\nquit\n")
g = Game()
while not g.over: print(g.do(input("> ")))
sys.stdin = sys.__stdin__
g.bag, g.room
# %% interpreter_brainf
import sys, io
from collections import defaultdict
def run(code, data=""):
    tape, ptr, pc, out, inp, stack, jump = defaultdict(int), 0, 0, [], iter(data), [], {}
    for i, c in enumerate(code):
        if c == "[": stack.append(i)
        elif c == "]": j = stack.pop(); jump[i], jump[j] = j, i
    while pc < len(code):
        match code[pc]:
            case ">": ptr += 1
            case "<": ptr -= 1
            case "+": tape[ptr] = (tape[ptr] + 1) % 256
            case "-": tape[ptr] = (tape[ptr] - 1) % 256
            case ".": out.append(chr(tape[ptr]))
            case ",": tape[ptr] = ord(next(inp, "\0"))
            case "[" if not tape[ptr]: pc = jump[pc]
            case "]" if tape[ptr]: pc = jump[pc]
        pc += 1
    return "".join(out)
run("++++++++[>++++[>++>+++>+++>+<<<<-]>+>+>->>+[<]<-]>>.>---.+++++++..+++.")
# %% lisp
import math, operator as op, re
def tokenize(s): return s.replace("(", " ( ").replace(")", " ) ").split()
def parse(ts):
    t = ts.pop(0)
    if t == "(":
        l = []
        while ts[0] != ")": l.append(parse(ts))
        ts.pop(0); return l
    try: return int(t)
    except ValueError:
        try: return float(t)
        except ValueError: return t
class Env(dict):
    def __init__(self, ps=(), args=(), outer=None): self.update(zip(ps, args)); self.outer = outer
    def find(self, v): return self if v in self else self.outer.find(v)
G = Env(); G.update(vars(math)); G.update({"+": op.add, "-": op.sub, "*": op.mul, "/": op.truediv, "<": op.lt, "=": op.eq, "car": lambda x: x[0], "cdr": lambda x: x[1:], "list": lambda *x: list(x), "map": lambda f, x: list(map(f, x)), "begin": lambda *x: x[-1], "abs": abs, "max": max, "print": print})
class Proc:
    def __init__(self, ps, body, env): self.ps, self.body, self.env = ps, body, env
    def __call__(self, *a): return ev(self.body, Env(self.ps, a, self.env))
def ev(x, env=G):
    if isinstance(x, str): return env.find(x)[x]
    if not isinstance(x, list): return x
    o, *a = x
    if o == "quote": return a[0]
    if o == "if": return ev(a[1] if ev(a[0], env) else a[2], env)
    if o == "define": env[a[0]] = ev(a[1], env)
    elif o == "lambda": return Proc(a[0], a[1], env)
    else: return ev(o, env)(*[ev(i, env) for i in a])
for p in ["(define sq (lambda (x) (* x x)))", "(define fact (lambda (n) (if (< n 2) 1 (* n (fact (- n 1))))))", "(print (fact 10) (sq 3))"]: ev(parse(tokenize(p)))
ev(parse(tokenize("(map sq (list 1 2 (sqrt 16)))"))), ev(parse(tokenize("(* pi 2)")))
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
# %% lru_cache_own
from collections import OrderedDict, deque
import functools, threading, time
class LRU:
    def __init__(self, cap): self.cap, self.d, self.lock, self.hits = cap, OrderedDict(), threading.RLock(), 0
    def __getitem__(self, k):
        with self.lock:
            self.d.move_to_end(k); self.hits += 1; return self.d[k]
    def __setitem__(self, k, v):
        with self.lock:
            self.d[k] = v; self.d.move_to_end(k)
            while len(self.d) > self.cap: self.d.popitem(last=False)
    def __contains__(self, k): return k in self.d
    def __repr__(self): return f"{type(self).__name__}({list(self.d.items())})"
c = LRU(2); c[1] = "a"; c[2] = "b"; c[1]; c[3] = "c"
def memo(maxsize=128, *, key=None):
    def deco(f):
        cache = LRU(maxsize)
        @functools.wraps(f)
        def w(*a, **k):
            kk = key(*a, **k) if key else (a, tuple(sorted(k.items())))
            if kk in cache: w.hits += 1; return cache[kk]
            cache[kk] = r = f(*a, **k); return r
        w.hits, w.cache, w.cache_clear = 0, cache, lambda: cache.d.clear()
        return w
    return deco
@memo(maxsize=3)
def sq(x): "square"; return x * x
[sq(i) for i in (1, 2, 1, 3, 4, 1)]
@functools.lru_cache(maxsize=None, typed=True)
def grid(r, c): return 1 if 0 in (r, c) else grid(r - 1, c) + grid(r, c - 1)
class W:
    @functools.cached_property
    def heavy(self): print("once"); return 5
    @functools.lru_cache
    def m(self, x): return x
w = W(); w.heavy, w.heavy; del w.heavy; w.heavy
c, 2 in c, sq.hits, sq.__name__, sq.__doc__, sq.cache, sq.__wrapped__(9), grid(8, 8), grid.cache_info(), grid.cache_parameters(), grid.cache_clear(), w.m(3), W.m.cache_info().currsize
# %% event_system
from collections import defaultdict
from contextlib import contextmanager
import weakref
class Signal:
    def __init__(self): self._slots = []
    def connect(self, f): self._slots.append(weakref.WeakMethod(f) if hasattr(f, "__self__") else weakref.ref(f)); return f
    def emit(self, *a, **k): return [s()(*a, **k) for s in self._slots if s()]
    __call__ = emit
class Bus:
    def __init__(self): self.handlers = defaultdict(list)
    def on(self, name, priority=0):
        def deco(f): self.handlers[name].append((priority, f)); self.handlers[name].sort(key=lambda t: -t[0]); return f
        return deco
    def fire(self, name, **data): return [f(**data) for _, f in self.handlers[name]]
    @contextmanager
    def muted(self, name):
        saved = self.handlers.pop(name, [])
        try: yield self
        finally: self.handlers[name] = saved
bus, sig = Bus(), Signal()
@bus.on("save", 1)
def a(doc): return f"a:{doc}"
@bus.on("save", 5)
def b(doc): return f"b:{doc}"
class View:
    clicked = Signal()
    def __init__(self): self.clicked.connect(self.react)
    def react(self, x): return ("reacted", x)
v = View()
with bus.muted("save"): print(bus.fire("save", doc=1))
View.clicked.connect(a)
bus.fire("save", doc="d"), v.clicked(5)
# %% state_machine
from enum import Enum, auto, Flag, IntEnum, StrEnum, unique, nonmember, member, verify, CONTINUOUS
class State(Enum):
    IDLE = auto(); RUN = auto(); DONE = auto()
    @property
    def final(self): return self is State.DONE
    @classmethod
    def default(cls): return cls.IDLE
    def __str__(self): return self.name.title()
class Machine:
    table = {(State.IDLE, "start"): State.RUN, (State.RUN, "stop"): State.DONE}
    def __init__(self): self.state, self.log = State.default(), []
    def __getattr__(self, ev):
        if ev.startswith("__"): raise AttributeError(ev)
        def go():
            nxt = self.table.get((self.state, ev))
            if nxt is None: raise RuntimeError(f"{ev} in {self.state}")
            self.log.append(f"{self.state}->{nxt}"); self.state = nxt; return self
        return go
m = Machine().start().stop()
try: m.start()
except RuntimeError as e: print(e)
class Perm(Flag): R = 4; W = 2; X = 1; RW = R | W
class Planet(Enum):
    EARTH = (5.97e24, 6.37e6)
    def __init__(self, mass, r): self.mass, self.r = mass, r
    @property
    def g(self): return round(6.67e-11 * self.mass / self.r ** 2, 1)
class Weekday(IntEnum): MON = 1; TUE = 2
class Auto(StrEnum):
    @staticmethod
    def _generate_next_value_(n, s, c, l): return n.lower() + "!"
    A = auto()
class Miss(Enum):
    Z = 0
    @classmethod
    def _missing_(cls, v): return cls.Z
    helper = nonmember(5)
A = Enum("A", "X Y"); B = Enum("B", {"P": 1})
m.log, m.state.final, Perm.RW, Perm.R in Perm.RW, ~Perm.X, list(Perm), Planet.EARTH.g, Weekday.MON < 2, Auto.A, Miss("?"), Miss.helper, A.X.value, list(B), State["RUN"], State(1), State.__members__["DONE"].value, Perm(6).name
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
# %% dependency_injection
import inspect, typing
class Container:
    def __init__(self): self.providers, self.singles = {}, {}
    def register(self, cls=None, *, name=None, singleton=False):
        def deco(c): self.providers[name or c] = (c, singleton); return c
        return deco(cls) if cls else deco
    def get(self, key):
        if key in self.singles: return self.singles[key]
        factory, single = self.providers[key]
        hints = typing.get_type_hints(factory.__init__) if inspect.isclass(factory) else typing.get_type_hints(factory)
        kw = {}
        for p in inspect.signature(factory).parameters.values():
            if p.default is not p.empty: continue
            kw[p.name] = self.get(hints.get(p.name, p.name))
        obj = factory(**kw)
        if single: self.singles[key] = obj
        return obj
c = Container()
@c.register(singleton=True)
class Db:
    def __init__(self): self.rows = [1, 2]
@c.register
class Repo:
    def __init__(self, db: Db, limit: int = 5): self.db, self.limit = db, limit
@c.register(name="svc")
def service(repo: Repo): return f"service with {repo.db.rows} {repo.limit}"
c.get("svc"), c.get(Repo).db is c.get(Db)
# %% sudoku_nqueens_life
def solve(b):
    for i in range(81):
        if b[i] == 0:
            r, c = divmod(i, 9); used = {b[r * 9 + k] for k in range(9)} | {b[k * 9 + c] for k in range(9)} | {b[(r // 3 * 3 + k // 3) * 9 + c // 3 * 3 + k % 3] for k in range(9)}
            for v in range(1, 10):
                if v not in used:
                    b[i] = v
                    if solve(b): return True
            b[i] = 0; return False
    return True
grid = [int(c) for c in "530070000600195000098000060800060003400803001700020006060000280000419005000080079"]
def queens(n, row=0, cols=0, d1=0, d2=0):
    if row == n: return 1
    return sum(queens(n, row + 1, cols | 1 << c, d1 | 1 << (row + c), d2 | 1 << (row - c + n)) for c in range(n) if not (cols >> c & 1 or d1 >> (row + c) & 1 or d2 >> (row - c + n) & 1))
def life(cells):
    from collections import Counter
    n = Counter((x + dx, y + dy) for x, y in cells for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy)
    return {c for c, k in n.items() if k == 3 or (k == 2 and c in cells)}
g = {(1, 0), (2, 1), (0, 2), (1, 2), (2, 2)}
for _ in range(4): g = life(g)
solve(grid), grid[:9], queens(6), sorted(g)
# %% aoc_style
import re, heapq, functools, collections, sys
data = """\
px{a<2006:qkq,m>2090:A,rfg}
pv{a>1716:R,A}

{x=787,m=2655}""".split("\n\n")
flows = {m[1]: [(c.split(":")[0], c.split(":")[1]) if ":" in c else (None, c) for c in m[2].split(",")] for m in map(re.compile(r"(\w+)\{(.*)\}").match, data[0].splitlines())}
@functools.cache
def ways(s, ps): return 1 if not s else sum(ways(s[len(p):], ps) for p in ps if s.startswith(p))
def dijkstra(grid):
    R, C = len(grid), len(grid[0]); pq, seen = [(0, 0, 0)], set()
    while pq:
        d, r, c = heapq.heappop(pq)
        if (r, c) == (R - 1, C - 1): return d
        if (r, c) in seen: continue
        seen.add((r, c))
        for dr, dc in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            if 0 <= (nr := r + dr) < R and 0 <= (nc := c + dc) < C: heapq.heappush(pq, (d + int(grid[nr][nc]), nr, nc))
def parse(part): 
    xs = eval(part.replace("=", ":").replace("x", "'x'").replace("m", "'m'")); return xs
tot = 0
for line in "1 2 3\n4 5 6".splitlines(): *_, last = map(int, line.split()); tot += last
flows["pv"], ways("rrbg", ("r", "rb", "b", "g", "bg")), dijkstra(["1163", "1381", "2136"]), parse(data[1]), tot, [*zip(*["ab", "cd"])], int("".join(map(str, [1, 0])), 2), complex(1, 2) * 1j, max({"a": 3, "b": 5}.items(), key=lambda kv: kv[1]), sorted("b1a", key=lambda c: (c.isdigit(), c)), collections.deque(range(5), 3)
# %% vm_and_compiler
import ast, operator, dis, io, tokenize, enum, dataclasses
class Op(enum.IntEnum): PUSH = 1; ADD = 2; MUL = 3; JNZ = 4; PRINT = 5; HALT = 6; LOAD = 7; STORE = 8
@dataclasses.dataclass
class VM:
    code: list; stack: list = dataclasses.field(default_factory=list); pc: int = 0; mem: dict = dataclasses.field(default_factory=dict)
    def run(self):
        while True:
            op, arg = self.code[self.pc]; self.pc += 1
            if op is Op.HALT: return self.stack
            getattr(self, "op_" + op.name.lower())(arg)
    def op_push(self, a): self.stack.append(a)
    def op_add(self, _): self.stack.append(self.stack.pop() + self.stack.pop())
    def op_mul(self, _): self.stack.append(self.stack.pop() * self.stack.pop())
    def op_store(self, a): self.mem[a] = self.stack.pop()
    def op_load(self, a): self.stack.append(self.mem[a])
    def op_print(self, _): print(self.stack[-1])
class Compiler(ast.NodeVisitor):
    def __init__(self): self.out = []
    def visit_Module(self, n): [self.visit(s) for s in n.body]; self.out.append((Op.HALT, None)); return self.out
    def visit_Assign(self, n): self.visit(n.value); self.out.append((Op.STORE, n.targets[0].id))
    def visit_Expr(self, n): self.visit(n.value)
    def visit_Call(self, n): [self.visit(a) for a in n.args]; self.out.append((Op.PRINT, None))
    def visit_Name(self, n): self.out.append((Op.LOAD, n.id))
    def visit_Constant(self, n): self.out.append((Op.PUSH, n.value))
    def visit_BinOp(self, n): self.visit(n.left); self.visit(n.right); self.out.append(({ast.Add: Op.ADD, ast.Mult: Op.MUL}[type(n.op)], None))
VM(Compiler().visit(ast.parse("x = 2 + 3 * 4\nprint(x * x)"))).run()
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
# %% functional_monads
from __future__ import annotations
from typing import Generic, TypeVar, Callable, Iterator
from dataclasses import dataclass
from functools import reduce, wraps, partial, partialmethod, total_ordering, cmp_to_key
T, U = TypeVar("T"), TypeVar("U")
class Maybe(Generic[T]):
    def bind(self, f: Callable[[T], Maybe[U]]) -> Maybe[U]: raise NotImplementedError
    def __or__(self, f): return self.bind(f)
    __rshift__ = __or__
@dataclass(frozen=True)
class Just(Maybe[T]):
    v: T
    def bind(self, f): return f(self.v)
class Nothing(Maybe):
    _inst = None
    def __new__(cls): cls._inst = cls._inst or super().__new__(cls); return cls._inst
    def bind(self, f): return self
    def __repr__(self): return "Nothing"
def safe_div(d): return lambda n: Just(n / d) if d else Nothing()
class Pipe:
    def __init__(self, f): self.f = f
    def __ror__(self, x): return self.f(x)
    def __call__(self, *a): return Pipe(lambda x: self.f(x, *a))
@Pipe
def where(xs, p): return [x for x in xs if p(x)]
@total_ordering
class Ver:
    def __init__(self, s): self.t = tuple(map(int, s.split(".")))
    def __eq__(self, o): return self.t == o.t
    def __lt__(self, o): return self.t < o.t
class Cell:
    def __init__(self): self._alive = False
    def set_state(self, s): self._alive = s
    alive = partialmethod(set_state, True)
c = Cell(); c.alive()
Y = lambda f: (lambda x: x(x))(lambda y: f(lambda *a: y(y)(*a)))
Just(8) | safe_div(2) | safe_div(0), Just(8) >> safe_div(4), Nothing() is Nothing(), [1, 2, 3] | where(lambda x: x > 1), Ver("1.10") >= Ver("1.9"), sorted(["b", "A"], key=cmp_to_key(lambda a, b: (a.lower() > b.lower()) - (a.lower() < b.lower()))), c._alive, Y(lambda f: lambda n: 1 if n == 0 else n * f(n - 1))(5), reduce(lambda a, f: f(a), [str, len], 12345)
# %% threading_scheduler
import sched, time, threading, queue, concurrent.futures as cf, contextlib, itertools
s = sched.scheduler(time.monotonic, time.sleep); out = []; s.enter(.002, 1, out.append, ("b",)); s.enter(.001, 1, out.append, argument=("a",)); e = s.enter(9, 1, print); s.cancel(e); s.run()
class Pool:
    def __init__(self, n): self.q, self.res = queue.Queue(), {}; self.ts = [threading.Thread(target=self._work, daemon=True) for _ in range(n)]; [t.start() for t in self.ts]
    def _work(self):
        while True:
            k, f, a = self.q.get()
            try: self.res[k] = f(*a)
            except Exception as e: self.res[k] = repr(e)
            finally: self.q.task_done()
    def submit(self, k, f, *a): self.q.put((k, f, a))
p = Pool(2); p.submit(1, pow, 2, 3); p.submit(2, lambda: 1 / 0); p.q.join()
class ReadWrite:
    def __init__(self): self.c = threading.Condition(); self.r = 0
    @contextlib.contextmanager
    def read(self):
        with self.c: self.r += 1
        try: yield
        finally:
            with self.c: self.r -= 1; self.c.notify_all()
rw = ReadWrite()
with rw.read(), rw.read(): print(rw.r)
with cf.ThreadPoolExecutor(2) as ex:
    f = ex.submit(time.sleep, .001); f.add_done_callback(lambda f: out.append("cb")); g = ex.submit(lambda: {}["x"]); print(type(g.exception()).__name__, ex.submit(threading.current_thread).result().name[:10], list(ex.map(lambda x: x * 2, range(3), timeout=5)))
th = threading.excepthook; sorted(p.res.items()), out, cf.Future().cancel()
