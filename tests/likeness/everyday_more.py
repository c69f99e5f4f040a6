"""More cells as people type them, one session after that of everyday_cells.py: progress, rich text, displays that are updated, widgets, input,
what runs while a cell awaits, parameters, figures that stay open. A blank line ends one; `<< ` is what the person answers."""
CELLS = r'''
from IPython.display import display, update_display, clear_output, HTML, Markdown, JSON, ProgressBar, DisplayHandle, Image, Audio, IFrame, FileLink, publish_display_data; import time, sys, os

h = display('first', display_id=True); h

h.update('second')

h.display('third')

handle = display(HTML('<b>0</b>'), display_id='mine'); handle.display_id

update_display(HTML('<b>1</b>'), display_id='mine')

for i in range(3): clear_output(wait=True); print('step', i)

for i in range(2):
    clear_output()
    display(i)
    sys.stdout.write('.')

h2 = DisplayHandle(); h2.display({'a': 1}); h2.update({'a': 2})

bar = ProgressBar(3); bar.display(); bar.progress = 2

list(ProgressBar(2))

publish_display_data({'text/plain': 'p', 'text/html': '<i>p</i>'}, metadata={'k': 1})

display('a', 2, {'c': 3}, [4])

display()

display({'text/plain': 'raw', 'text/html': '<u>raw</u>'}, raw=True)

display(HTML('<b>x</b>'), include=['text/html'])

display(HTML('<b>x</b>'), exclude=['text/html'])

display(HTML('<b>x</b>'), metadata={'isolated': True})

IFrame('https://example.org', 300, 100)

JSON({'a': [1, 2]}, expanded=True)

Markdown('# Title\n* one')

from IPython.display import Video, YouTubeVideo, SVG, Latex, Math; YouTubeVideo('abc')

from tqdm import tqdm, trange

for i in trange(3, desc='going', ascii=True, file=sys.stdout): pass

with tqdm(total=4, ascii=True, desc='bar', ncols=40) as t:
    t.update(2); t.set_postfix(loss=1); t.update(2)

tqdm.write('written')

from tqdm.notebook import tqdm as nb

from tqdm.asyncio import tqdm as atqdm
import asyncio
async def one(i):
    await asyncio.sleep(0); return i
sorted(await atqdm.gather(*[one(i) for i in range(3)], ascii=True, ncols=40))

from rich import print as rprint; rprint('[bold]bold[/bold] plain')

from rich.table import Table; t = Table(title='T'); t.add_column('a'); t.add_row('1'); t

from rich.console import Console; Console(width=40).print({'a': 1, 'b': [1, 2]})

from rich.pretty import pprint; pprint({'a': list(range(5))})

from rich.markdown import Markdown as RM; RM('# x')

from rich.progress import track
for i in track(range(2), description='t'): pass

from rich.syntax import Syntax; Syntax('x = 1', 'python')

name = input('What is your name? '); print('Hello', name)
<< Ada

a, b = input('two: ').split(); int(a) + int(b)
<< 3 4

int(input('n: '))
<< x

[input(f'{i}? ') for i in range(2)]
<< p
<< q

from getpass import getpass; len(getpass())
<< secret

import builtins; builtins.input('prompt ')
<< z

sys.stdin.readline()

try:
    input()
except EOFError as e:
    print('eof')
<< 

await asyncio.sleep(0.01, 'slept')

async def count(n):
    for i in range(n):
        yield i
        await asyncio.sleep(0)

[i async for i in count(3)]

async for i in count(2): print(i)

import contextlib
@contextlib.asynccontextmanager
async def managed():
    print('in'); yield 7; print('out')
async with managed() as m: print(m)

results = await asyncio.gather(one(1), one(2), return_exceptions=True); results

t = asyncio.create_task(one(5)); await t

t = asyncio.ensure_future(one(6)); (await asyncio.wait([t]))[0].pop().result()

async def fails(): raise ValueError('inside')
await fails()

await asyncio.wait_for(asyncio.sleep(5), 0.01)

async with asyncio.timeout(0.01): await asyncio.sleep(5)

asyncio.get_running_loop().is_running()

asyncio.run(one(9))

q = asyncio.Queue(); await q.put(1); await q.get()

loop = asyncio.get_event_loop(); f = loop.create_future(); loop.call_later(0.01, f.set_result, 'done'); await f

await asyncio.to_thread(lambda: 'thread')

lambda: (await one(1))

import threading
def work(): print('from thread')
th = threading.Thread(target=work); th.start(); th.join()

from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(2) as ex: print(sorted(ex.map(lambda x: x * x, range(4))))

import logging; logging.warning('warned')

log = logging.getLogger('mine'); log.setLevel('INFO'); log.info('info'); log.error('error')

logging.basicConfig(level=logging.INFO, format='%(levelname)s %(message)s', force=True); logging.info('shown')

logging.getLogger().handlers[0].stream is sys.stderr

try:
    1 / 0
except ZeroDivisionError:
    logging.exception('caught')

import warnings; warnings.warn('careful')

warnings.warn('old', DeprecationWarning)

import traceback
try:
    {}['k']
except KeyError:
    traceback.print_exc()

traceback.print_stack(limit=1)

import matplotlib; matplotlib.use('agg'); import matplotlib.pyplot as plt

plt.plot([1, 2]);

fig, ax = plt.subplots(); _ = ax.bar(['a'], [1])

plt.close('all'); plt.get_fignums()

%matplotlib inline

ax = plt.gca(); ax.set_title('t')

fig = plt.figure(); plt.close(fig); fig

plt.show()

plt.ion(); plt.isinteractive()

plt.ioff()

fig, ax = plt.subplots(); display(fig); plt.close()

import ipywidgets as w

w.IntSlider(3)

w.interact(lambda n: n * 2, n=3);

w.interactive(lambda s: s, s='text')

out = w.Output()
with out: print('captured')
out.outputs

@out.capture()
def inside(): print('again')
inside()

w.HBox([w.Button(description='b'), w.Label('l')])

b = w.Button(); b.on_click(lambda _: print('clicked')); b.click()

w.HTML('<b>h</b>')

s = w.FloatSlider(); s.observe(lambda c: print(c['new']), 'value'); s.value = 2.5

w.link((s, 'value'), (w.FloatText(), 'value'))

# parameters
alpha = 0.1; ratio = 2

# Parameters
alpha = 0.6
ratio = 3

print(f'{alpha=} {ratio=}')

%%capture cap
print('hidden'); display(1)

cap.stdout, len(cap.outputs)

cap.show()

%%capture --no-stderr cap2
print('x'); print('seen', file=sys.stderr)

%time sum(range(1000)) > 0

%%time
x = 1

%%writefile /dev/null
x

%env HOME2=there

%env HOME2

os.environ['NEW_ONE'] = 'v'; os.environ['NEW_ONE']

%%javascript
1

%%html
<b>h</b>

%%markdown
# m

%%latex
$x$

%pinfo len

%config InlineBackend.figure_format = 'png'

%config InlineBackend

%precision 3

3.14159265

%precision

%xmode minimal

1 / 0

%xmode context

get_ipython().set_next_input('next')

import pdb; pdb.Pdb

help(len)

?

x?

1 +

print('a'
'b')

def f(:

 x = 1

if True:
print(1)

raise KeyError('missing')

raise Exception('multi\nline')

class E(Exception): pass
raise E

assert False, 'no'

import nothing_there

from os import nothing_there

undefined_name

'a' + 1

[1, 2][5]

{'a': 1}['b']

open('/no/such/file')

int('x')

def rec(n): return rec(n + 1)
rec(0)

try:
    raise ValueError('a')
except ValueError as e:
    raise TypeError('b') from e

e = ValueError('noted'); e.add_note('a note'); raise e

del x

x

_ = 5

_

globals()['made'] = 3; made

[k for k in globals() if k == 'made']

__name__, '__file__' in globals()

import __main__; __main__.made

type(get_ipython()).__mro__[-1]

get_ipython().user_ns['made']

print(*range(3), sep='\n', end='!\n', flush=True)

sys.stdout.write('w\n')

sys.stdout.write('w\n');

print('\r50%', end=''); print('\r100%')

print('a\tb\x1b[31mred\x1b[0m')

print('é', '日本', '🎉')

os.system('true')

import subprocess; subprocess.run(['echo', 'sub'], capture_output=True, text=True).stdout

!echo one; echo two

files = !echo a b
files

!echo {alpha}

print(os.popen('echo popen').read())

sys.exit('bye')

raise KeyboardInterrupt
'''.strip("\n").split("\n\n")
