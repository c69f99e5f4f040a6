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
