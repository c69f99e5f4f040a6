"""Cells as people type them into a notebook, one after another in a session; a blank line ends one. Compared by everyday.py."""
CELLS = r'''
1

1 + 1; 2

None

'text'

print('a', 'b', sep='-')

print('one\ntwo'); print('three', end='')

import sys; print('error', file=sys.stderr)

for i in range(3): print(i)

[i for i in range(50)]

list(range(200))

{'b': 1, 'a': [1, 2, {3, 4}]}

x = 5; x

_

__, ___

_1

In[1], Out[1]

Out.keys()

_i

_ii, _iii

_ih[-2:]

_oh[1]

_dh

x;

x = y = 7

del x

x

1/0

raise ValueError('a value')

raise ValueError

raise KeyError('a key')

class Own(Exception): pass

raise Own('my own', 3)

def f(a):
    return g(a)

def g(a):
    return a / 0

f(3)

try:
    1/0
except ZeroDivisionError as e:
    raise RuntimeError('second') from e

try:
    1/0
except ZeroDivisionError:
    raise RuntimeError('during')

try:
    1/0
except ZeroDivisionError:
    raise RuntimeError('alone') from None

raise ExceptionGroup('several', [ValueError('a'), TypeError('b')])

raise ExceptionGroup('outer', [ValueError('a'), ExceptionGroup('inner', [KeyError('k'), OSError(2, 'no file')])])

e = ValueError('with notes'); e.add_note('the first note'); e.add_note('the second\nwith a line'); raise e

def deep(n):
    if n == 0: raise LookupError('deep')
    deep(n - 1)

deep(3)

def endless(): return endless()

endless()

print('before'); undefined_name

import math; math.sqroot

from math import sqroot

import no_such_module

import os.nothing

'abc'.uper()

len(5)

int('x')

[1, 2][5]

{}['missing']

assert 1 == 2, 'not equal'

assert False

raise SystemExit

raise SystemExit(3)

raise KeyboardInterrupt

def (

if True
    print(1)

  print(1)

if True:
print(1)

x = (1,

'unfinished

"""unfinished

f(a b)

print 'hello'

x = 08

for

return 5

await

yield 1

break

a = 1
    b = 2

f"{"

class A

def f(x, x): pass

None = 5

lambda: (yield)

import warnings; warnings.warn('careful')

warnings.warn('old', DeprecationWarning)

warnings.warn('user', UserWarning, stacklevel=1); 5

eval('1 +')

exec('a b c')

compile('x =', 'file', 'exec')

eval('1/0')

async def co(): return 42

await co()

import asyncio

await asyncio.sleep(0, 'slept')

async with asyncio.timeout(1): print('in')

[x async for x in aiter_nothing()]

async def agen():
    for i in range(3): yield i

[i async for i in agen()]

asyncio.run(co())

t = asyncio.create_task(co()); await t

await asyncio.gather(co(), co())

co()

loop = asyncio.get_event_loop(); loop.is_running()

async def failing(): raise ValueError('in a task')

await failing()

await asyncio.gather(failing(), co())

async with asyncio.TaskGroup() as tg: tg.create_task(failing())

await asyncio.wait_for(asyncio.sleep(5), 0.01)

import contextvars; var = contextvars.ContextVar('var', default=1); var.set(5); var.get()

var.get()

import threading

t = threading.Thread(target=lambda: print('from a thread')); t.start(); t.join()

def bad(): raise ValueError('in thread')

t = threading.Thread(target=bad); t.start(); t.join()

from concurrent.futures import ThreadPoolExecutor

with ThreadPoolExecutor() as p: print(list(p.map(abs, [-1, 2])))

with ThreadPoolExecutor() as p: p.submit(bad).result()

import multiprocessing; multiprocessing.cpu_count() == os.cpu_count()

import os; os.cpu_count() > 0

from IPython.display import display, HTML, Markdown, Image, clear_output, JSON, Latex, SVG, Javascript, Code, Math, Pretty

display(1, 2)

display({'a': 1})

HTML('<b>bold</b>')

Markdown('# title')

Latex('$x$'), Math('x')

Math('x^2')

JSON({'a': 1})

Javascript('1')

SVG('<svg xmlns="http://www.w3.org/2000/svg"></svg>')

Code('print(1)', language='python')

Pretty('pretty')

h = display('first', display_id=True)

h

h.update('second')

h2 = display(display_id='named'); h2.display('x'); h2.update(HTML('<i>y</i>'))

print('gone'); clear_output(); print('stays')

clear_output(wait=True); print('later')

display(HTML('a'), Markdown('b'), metadata={'k': 1})

display({'text/plain': 'raw', 'text/html': '<b>raw</b>'}, raw=True)

class R:
    def _repr_html_(self): return '<b>r</b>'
    def __repr__(self): return 'R()'

R()

class M:
    def _repr_mimebundle_(self, include=None, exclude=None): return {'text/plain': 'm', 'application/x-own': 'data'}

M()

class Bad:
    def __repr__(self): raise ValueError('bad repr')

Bad()

class BadHtml:
    def _repr_html_(self): raise ValueError('bad html')
    def __repr__(self): return 'BadHtml'

BadHtml()

class P:
    def _repr_pretty_(self, p, cycle): p.text('pretty P')

P()

class D:
    def _ipython_display_(self): print('displays itself')

D()

class Png:
    def _repr_png_(self): return b'\x89PNG\r\n'

Png()

class NonStr:
    def __repr__(self): return 5

NonStr()

display(R(), P())

get_ipython().__class__.__name__

get_ipython().execution_count

get_ipython().user_ns is globals()

get_ipython().run_cell('print("nested")')

get_ipython().run_line_magic('time', '1')

get_ipython().getoutput('echo x')

get_ipython().system('echo sys')

%time sum(range(10))

%timeit -n1 -r1 1

%%time
1 + 1

%%timeit -n1 -r1
1 + 1

%who

%who int

%who_ls int

%whos int

%pwd

%cd /

%cd -

%ls /bin/sh

%env HOME

%env NEW=1

%set_env NEW2=2

%history -n 1-3

%history -l 2

%nosuchmagic

%%nosuchcell
1

%matplotlib inline

%precision 3

3.14159

%precision

%pprint

[1,2]

%pprint

%xmode

%xmode Plain

1/0

%xmode Minimal

1/0

%xmode Context

%xmode Verbose

1/0

%xmode Context

%automagic

%alias

%autocall

%config InlineBackend.figure_format = 'png'

%colors nocolor

%doctest_mode

1

%doctest_mode

%reset_selective -f nothing

%%capture out
print('captured')

out.stdout

print(out)

out.show()

%%html
<b>x</b>

%%markdown
# x

%%latex
$x$

%%javascript
1

%%js
1

%%svg
<svg xmlns="http://www.w3.org/2000/svg"></svg>

%%script cat
hello

%%bash
echo bash

%%sh
echo sh; echo err >&2

%%bash
exit 3

!echo shell

!echo {1 + 1} $HOME | head -c 3

files = !echo a; echo b

files

files.n, files.s, files.l

!false

_exit_code

!exit 7

print?

print??

len?

?str.upper

f?

f??

class Documented:
    "The doc."
    def m(self, a: int = 3) -> str:
        "Does m."

Documented?

Documented.m?

Documented??

Documented().m?

nothing?

x = 5

x?

*int*?

str.*strip?

%time?

%pinfo print

%pdoc print

%psource f

%pdef f

%pfile f

%psearch str.up*

%store

%recall 1

%rerun 1

%macro mac 1

mac

%run /nonexistent.py

%sx echo a

%system echo b

%%system
echo c

%who str

%reset -f

%who

%logstate

%bookmark -l

%dhist

%pushd /

%popd

%dirs

%gui

%%writefile /dev/null
x

%%file /dev/null
x

%killbgscripts

input('name? ')
<< Ada

import getpass; getpass.getpass('secret: ')
<< hidden

name = input(); print(name)
<< x

1/0

%debug
<< p 1 + 1
<< q

%debug
<< where
<< u
<< q

def broken(n):
    inner = n * 2
    return inner / 0

broken(2)

%debug
<< p inner
<< pp n
<< l
<< u
<< q

%pdb

%pdb on
1/0
<< q

%pdb off

breakpoint()
<< p 5
<< c

import pdb; pdb.set_trace(); 5
<< n
<< c

from tqdm import tqdm

for i in tqdm(range(3), ascii=True): pass

from tqdm.auto import tqdm as auto; list(auto(range(2)))[-1]

import ipywidgets as w

s = w.IntSlider(value=3); s

s.value = 5; s.value

o = w.Output(); o

with o: print('inside')

@w.interact(n=(0, 3))
def show(n=1): print('n', n)

w.HBox([w.Button(description='b'), w.Label('l')])

import pandas as pd, numpy as np

df = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']}); df

df.a

df.style

np.arange(5)

np.random.default_rng(0).random(3)

df.nothing

df['nothing']

np.array([1, 2]) + np.array([1, 2, 3])

pd.read_csv('missing.csv')

open('missing.txt')

import matplotlib.pyplot as plt

plt.plot([1, 2])

plt.plot([1, 2]); plt.title('t'); plt.show()

fig, ax = plt.subplots(); ax.plot([1]); fig

plt.close('all')

import logging; logging.warning('logged')

logging.info('not shown')

logging.getLogger('x').error('an error')

import pprint; pprint.pprint({'a': list(range(30))})

import traceback

try: 1/0
except Exception: traceback.print_exc()

import sys; sys.stdout.write('written')

sys.stdout.write('w\n'); None

sys.stderr.write('e\n'); None

sys.stdout.isatty(), sys.stdout.encoding

sys.exc_info()

sys.last_type, sys.last_value

sys.argv[1:] == []

__name__, __doc__

__file__

'__builtins__' in globals()

print('\r50%', end=''); print('\r100%')

print('\x1b[31mred\x1b[0m')

print('ünïcödé 🎉')

print()

print(*range(3000))

'a' * 3000

b'bytes'

1e100, 1j, ..., True

(1,), (), [], {}, set(), frozenset({1})

type(5), int, len, f if 'f' in globals() else None

lambda x: x

object

range(5), slice(1, 2)

import datetime, decimal, fractions; datetime.date(2020, 1, 2), decimal.Decimal('1.1'), fractions.Fraction(1, 3)

import collections; collections.Counter('abca'), collections.OrderedDict(a=1), collections.defaultdict(int, a=1), collections.deque([1])

import dataclasses

@dataclasses.dataclass
class DC:
    a: int = 1
    b: str = 'x'

DC()

import enum

class Color(enum.Enum):
    RED = 1

Color.RED, Color

from pathlib import Path; Path('.')

import types; types.SimpleNamespace(a=1)

import itertools; itertools.count()

iter([1])

(i for i in [1])

float('nan'), float('inf')

"multi\nline"

print("multi\nline")

x: int = 5

x

match 5:
    case 5: print('five')

with open('/dev/null') as fh: print(fh.name)

global zz; zz = 3

zz

def fib(n):
    return n if n < 2 else fib(n-1) + fib(n-2)

[fib(i) for i in range(10)]
'''.strip("\n").split("\n\n")
