# %% math_cmath
import math, cmath
print(math.sqrt(2), math.factorial(10), math.gcd(12, 18), math.lcm(4, 6), math.comb(5, 2), math.perm(5, 2), math.isqrt(17), math.hypot(3, 4), math.dist((0, 0), (3, 4)), math.fsum([.1] * 10), math.prod([1, 2, 3]), math.copysign(1, -0.0), math.frexp(8), math.ldexp(1, 3), math.modf(1.5), math.isclose(.1 + .2, .3), math.log(8, 2), math.exp(1), math.nextafter(1, 2), math.ulp(1), math.inf, math.nan != math.nan, math.tau, math.remainder(7, 3), math.trunc(1.7))
cmath.sqrt(-1), cmath.polar(1j), cmath.rect(1, cmath.pi), cmath.phase(-1), cmath.exp(1j * cmath.pi).real, cmath.isnan(complex("nan")), cmath.infj
# %% statistics
import statistics as st
print(st.mean([1, 2, 3, 4, 4]), st.fmean([3.5, 4.0]), st.median([1, 3, 5, 7]), st.mode("aab"), st.stdev([1.5, 2.5, 4.75]), st.pvariance([0, 1]), st.quantiles(range(11), n=4), st.multimode("aabb"), st.geometric_mean([54, 24, 36]), st.harmonic_mean([40, 60]), st.correlation([1, 2, 3], [1, 2, 4]), st.linear_regression([1, 2, 3], [2, 4, 6]), st.covariance([1, 2], [3, 4]))
d = st.NormalDist(100, 15); e = st.NormalDist.from_samples([1, 2, 3]); print(d.cdf(115), d.pdf(100), d.zscore(130), d + 5, d.inv_cdf(.5), d.overlap(st.NormalDist(110, 15)), e)
try: st.mean([])
except st.StatisticsError as x: print(x)
st.median_low([1, 2]), st.median_grouped([1, 2, 2, 3]), d.samples(2, seed=1)
# %% decimal_fractions
from decimal import *
from fractions import Fraction
getcontext().prec = 6
print(Decimal(1) / Decimal(7), Decimal("3.14").quantize(Decimal(".1"), rounding=ROUND_UP), Decimal(2).sqrt(), Decimal("1e3").normalize(), Decimal("-0"), sum(map(Decimal, "1.34 1.87".split())), Decimal(5).as_tuple(), Decimal("NaN").is_nan(), +Decimal("1.23456789"))
with localcontext() as ctx: ctx.prec = 42; print(Decimal(1) / 3)
c = Context(prec=3, rounding=ROUND_HALF_DOWN); setcontext(ExtendedContext); print(c.divide(1, 3), Decimal(1) / 0)
setcontext(Context(traps=[DivisionByZero]))
try: Decimal(1) / 0
except DivisionByZero as e: print(type(e))
getcontext().clear_flags(); getcontext().traps[Inexact] = False
Fraction(16, -10), Fraction("3/7") + 1, Fraction(1.5), Fraction("1.1").limit_denominator(5), Fraction(3, 4) ** 2, Fraction(7, 2).__floor__(), divmod(Fraction(7, 2), 1), Fraction.from_float(.25), Fraction(1, 3).numerator, float(Fraction(1, 4))
# %% random_secrets_uuid
import random, secrets, uuid
random.seed(42)
print(random.random(), random.randint(1, 6), random.choice("abc"), random.sample(range(100), 3), random.gauss(0, 1), random.uniform(1, 2), random.choices("ab", [1, 9], k=3), random.getrandbits(8), random.randrange(0, 10, 2), random.expovariate(1), random.betavariate(1, 2), random.triangular())
l = list(range(5)); random.shuffle(l); r = random.Random(7); st = random.getstate(); a = random.random(); random.setstate(st); print(l, r.random(), a == random.random(), random.SystemRandom().random() < 1)
class Mine(random.Random):
    def random(self): return .5
u = uuid.UUID("12345678123456781234567812345678")
Mine().uniform(0, 4), len(secrets.token_hex(8)), secrets.choice([1]), secrets.compare_digest("a", "a"), secrets.randbelow(1), u, u.hex, u.int, uuid.uuid5(uuid.NAMESPACE_DNS, "python.org"), uuid.uuid4().version, uuid.uuid3(uuid.NAMESPACE_URL, "x"), len(str(uuid.uuid1()))
# %% operator_functools
import operator as op, functools as ft
class P:
    def __init__(s, n, a): s.n, s.a = n, a
    def m(s, x=1): return s.a + x
ps = [P("x", 3), P("y", 1)]
print(op.add(1, 2), op.itemgetter(1, 0)("ab"), [p.n for p in sorted(ps, key=op.attrgetter("a"))], op.methodcaller("m", x=5)(ps[0]), op.attrgetter("n", "a")(ps[0]), op.contains([1], 1), op.concat([1], [2]), op.countOf([1, 1], 1), op.indexOf([5], 5), op.not_(1), op.truth([]), op.iadd([1], [2]), op.index(True), op.matmul if 0 else "", op.call(len, "ab"), op.is_(1, 1), op.length_hint([1]))
l = [1, 2]; op.setitem(l, 0, 9); op.delitem(l, 1); op.getitem(l, 0)
@ft.lru_cache(maxsize=None)
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
@ft.cache
def c(x): return x
@ft.singledispatch
def show(x): return "obj"
@show.register
def _(x: int): return "int"
@show.register(list)
def _(x): return "list"
show.register(str, lambda x: "str")
class D:
    @ft.singledispatchmethod
    def neg(self, a): raise NotImplementedError
    @neg.register
    def _(self, a: int): return -a
    @ft.cached_property
    def cp(self): print("computed"); return 7
    @ft.cache
    def cm(self): return 1
    def base(self, a, b): return a + b
    pm = ft.partialmethod(base, 1)
d = D()
print(fib(50), fib.cache_info(), c(1), show(1), show([]), show("s"), show(1.5), d.neg(5), d.cp, d.cp, d.cm(), d.pm(2), show.registry.keys() and show.dispatch(bool) is show.dispatch(int))
fib.cache_clear(); del d.cp
p = ft.partial(int, base=2); p.__doc__ = "bin"
l, p("101"), p.func, p.keywords, ft.reduce(lambda a, b: a * b, [1, 2, 3], 2), sorted("bA", key=ft.cmp_to_key(lambda a, b: (a.lower() > b.lower()) - (a.lower() < b.lower()))), fib.__wrapped__(1), ft.partial(print, "x", sep="")("y")
# %% itertools_docs
from itertools import *
import operator
print(list(accumulate([1, 2, 3], operator.mul)), list(chain("ab", "c")), list(chain.from_iterable(["x", "y"])), list(combinations("ABC", 2)), list(combinations_with_replacement("AB", 2)), list(compress("ABC", [1, 0, 1])), list(islice(count(10, 2), 3)), list(islice(cycle("AB"), 5)), list(dropwhile(lambda x: x < 3, [1, 4, 1])), list(takewhile(str.isalpha, "ab1")), list(filterfalse(None, [0, 1])), [(k, list(g)) for k, g in groupby("AAAB")], list(pairwise("ABC")), list(permutations("AB")), list(product("AB", repeat=2)), list(repeat(1, 2)), list(starmap(pow, [(2, 3)])), [list(t) for t in tee("ab")], list(zip_longest("A", "xy", fillvalue="-")))
def grouper(it, n): return zip_longest(*[iter(it)] * n)
def sieve(n):
    data = bytearray((0, 1)) * (n // 2)
    for p in range(3, int(n ** .5) + 1, 2):
        data[p * p: n: p + p] = bytes(len(range(p * p, n, p + p)))
    return [2] + [i for i in range(3, n, 2) if data[i]]
def powerset(it): s = list(it); return chain.from_iterable(combinations(s, r) for r in range(len(s) + 1))
def roundrobin(*its):
    n = len(its); nexts = cycle(iter(it).__next__ for it in its)
    while n:
        try:
            for nx in nexts: yield nx()
        except StopIteration:
            n -= 1; nexts = cycle(islice(nexts, n))
list(grouper("abcd", 3)), sieve(30), list(powerset([1, 2])), list(roundrobin("ABC", "D", "EF"))
# %% collections_docs
from collections import *
c = Counter("gallahad"); c.update("ab"); c["z"] += 3; c.subtract({"a": 1}); print(c.most_common(2), +c, c - Counter("a"), c & Counter("ab"), sorted(c.elements())[:3], c.total())
d = deque("ghi", maxlen=4); d.append("j"); d.appendleft("f"); d.rotate(1); d[0] = "Q"; d.extend("x"); d += ["k"]; del d[0]; print(d, d.pop(), d.popleft(), d.count("x"), d.maxlen)
dd = defaultdict(list); dd["a"].append(1); dd["b"] += [2]; nested = defaultdict(lambda: defaultdict(int)); nested["x"]["y"] += 1; print(dd, nested["x"], dd.default_factory)
od = OrderedDict(a=1, b=2); od.move_to_end("a"); print(od, od.popitem(last=False), list(reversed(od)))
P = namedtuple("P", "x y", defaults=[5]); p = P(1); print(p, p._replace(x=9), p._asdict(), P._make([1, 2]), P._fields, p.x + p.y, P.__doc__)
class P3(P):
    __slots__ = ()
    @property
    def r(self): return self.x * 2
cm = ChainMap({"a": 1}, {"a": 2, "b": 3}); cm["c"] = 4; ch = cm.new_child({"z": 0}); print(cm["a"], dict(cm), ch["b"], cm.maps, ch.parents is not None)
class LD(UserDict):
    def __setitem__(self, k, v): super().__setitem__(str(k), v)
class LL(UserList): pass
class LS(UserString): pass
class Dflt(defaultdict):
    def __missing__(self, k): self[k] = v = k * 2; return v
class LRU(OrderedDict):
    def __getitem__(self, k): v = super().__getitem__(k); self.move_to_end(k); return v
l = LD(); l[1] = 2; l.update({3: 4}); r = LRU(a=1, b=2); r["a"]
P3(4).r, l, LL([1]) + [2], LS("a") + "b", Dflt()["q"], list(r), isinstance(l, abc.MutableMapping) if "abc" in dir() else True
# %% heapq_bisect_array_graphlib
import heapq, bisect, array, graphlib, types
h = []; [heapq.heappush(h, x) for x in (5, 1, 3)]; print(heapq.heappop(h), heapq.nlargest(2, h), heapq.nsmallest(1, [3, 1], key=lambda x: -x), list(heapq.merge([1, 4], [2])), heapq.heappushpop(h, 0), heapq.heapreplace(h, 9)); l = [3, 1]; heapq.heapify(l)
class Task:
    def __init__(s, p): s.p = p
    def __lt__(s, o): return s.p < o.p
th = [Task(3), Task(1)]; heapq.heapify(th)
b = [1, 3, 5]; bisect.insort(b, 4); print(bisect.bisect(b, 3), bisect.bisect_left(b, 3), b, bisect.bisect_right([("a", 1)], 1, key=lambda r: r[1]), heapq.heappop(th).p)
a = array.array("d", [1.0, 2.0]); a.append(3); a[0] = 9; a.extend([4]); a += array.array("d", [5]); print(a, a.tobytes()[:2], a.typecode, a.itemsize, a.tolist(), a.index(3.0), a.pop(), a.buffer_info()[1]); a.byteswap()
ts = graphlib.TopologicalSorter({"D": {"B", "C"}, "B": {"A"}, "C": {"A"}}); print(list(graphlib.TopologicalSorter({"b": ["a"]}).static_order())); ts.prepare()
while ts.is_active():
    for n in sorted(ts.get_ready()): print(n); ts.done(n)
try: graphlib.TopologicalSorter({"a": ["b"], "b": ["a"]}).prepare()
except graphlib.CycleError as e: print(type(e).__name__)
ns = types.SimpleNamespace(a=1); ns.b = 2; ns.a += 5; mp = types.MappingProxyType({"k": 1})
ns, mp["k"], list(mp), types.FunctionType, isinstance(len, types.BuiltinFunctionType), types.GenericAlias(list, (int,)), l
# %% copy_enum_numbers
import copy, numbers, enum
a = [[1], {"k": (2, [3])}]; b = copy.copy(a); c = copy.deepcopy(a); a[0].append(9); print(b, c)
class N:
    def __init__(s): s.me = s; s.l = [1]
    def __deepcopy__(s, memo): n = N(); memo[id(s)] = n; n.l = copy.deepcopy(s.l, memo); return n
class C2:
    def __init__(s): s.x = [1]; s.self = s
o = copy.deepcopy(C2())
class MyNum(numbers.Number): pass
numbers.Number.register(N)
copy.deepcopy(N()).l, o.self is o, isinstance(1, numbers.Integral), isinstance(N(), numbers.Number), isinstance(1.5, numbers.Rational), copy.copy({1: 2}), enum.Enum("E", {"A": 1}).A
# %% hashlib_hmac_zlib
import hashlib, hmac, zlib, io
m = hashlib.sha256(); m.update(b"Nobody inspects"); m2 = m.copy(); m.update(b" the spammish repetition"); print(m.hexdigest(), m.digest_size, m.name, hashlib.md5(b"x").hexdigest(), hashlib.new("sha1", b"a").hexdigest(), hashlib.blake2b(b"a", digest_size=8, key=b"k").hexdigest(), hashlib.sha3_256(b"").hexdigest()[:8], hashlib.shake_128(b"").hexdigest(4), "sha256" in hashlib.algorithms_available)
print(hashlib.pbkdf2_hmac("sha256", b"p", b"s", 10).hex(), hashlib.scrypt(b"p", salt=b"s", n=2, r=1, p=1, dklen=8).hex(), hmac.new(b"k", b"m", "sha256").hexdigest(), hmac.digest(b"k", b"m", "md5"), hmac.compare_digest(b"a", b"a"))
with open("../data/text.txt", "rb") as f: print(hashlib.file_digest(f, "md5").hexdigest())
c = zlib.compressobj(); d = c.compress(b"aaaa") + c.flush()
zlib.decompress(zlib.compress(b"abc" * 10)), zlib.decompressobj().decompress(d), zlib.crc32(b"a"), zlib.adler32(b"a")
# %% colorsys_timeit_platform
import colorsys, timeit, platform, sys, gc, sysconfig, errno, os, stat, token, sched, time
print(colorsys.rgb_to_hsv(.2, .4, .4), colorsys.hls_to_rgb(.5, .5, .5), timeit.timeit("'-'.join(str(n) for n in range(10))", number=3) > 0, timeit.repeat(lambda: 1 + 1, number=5, repeat=2)[0] >= 0, timeit.Timer("x + 1", "x = 1").timeit(2) > 0, timeit.default_timer() > 0, timeit.timeit("f()", globals={"f": lambda: 1}, number=2) > 0)
print(platform.python_version() == sys.version.split()[0], platform.system(), platform.machine(), platform.python_implementation(), platform.node() is not None, platform.platform() != "", platform.uname().system)
print(gc.collect() >= 0, gc.isenabled(), gc.get_threshold() is not None, sys.getsizeof([]) > 0, sys.maxsize, sys.version_info >= (3, 11), sys.byteorder, sys.float_info.max, sys.getrefcount([]) > 0, sys.intern("a"), sys.platform, sys.int_info.bits_per_digit, sys.getdefaultencoding(), sys.flags.debug, sys.hash_info.width, sys.implementation.name, sys.argv is not None, type(sys.path), "os" in sys.modules, sys.stdout is not None)
s = sched.scheduler(time.time, time.sleep); s.enter(0, 1, print, ("sched",)); s.run()
errno.ENOENT, os.strerror(2), stat.S_ISDIR(os.stat(".").st_mode), os.getpid() > 0, os.cpu_count() > 0, os.environ.get("NOPE"), os.sep, os.name, os.getcwd() != "", os.path.expanduser("~") != "~", token.tok_name[1], sysconfig.get_python_version() == platform.python_version()[:4], os.uname().sysname, os.get_terminal_size if 0 else 1
