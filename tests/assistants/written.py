"""Cells as assistants write them, with what a person wants of each: 'runs' as it is; 'remedy': it is refused, and runs once what the refusal
names was done; 'either' of the two. data.csv, mymod.py, old/ and a server on PORT of this machine are beside them."""

WRITTEN = [
    ('magics_ok', 'runs', [
        '%ok_dests',
        '%allow',
    ]),
    ('groupby', 'runs', [
        'import pandas as pd\n'
        "df = pd.read_csv('data.csv', parse_dates=['date'])\n"
        "summary = (df.groupby('dept', as_index=False).agg(mean_salary=('salary','mean'), n=('name','count')).sort_values('mean_salary', ascending=False))\n"
        "df['month'] = df['date'].dt.to_period('M')\n"
        "pivot = df.pivot_table(index='month', columns='dept', values='salary', aggfunc='mean')\n"
        "df['band'] = df['salary'].apply(lambda s: 'hi' if s > 2000 else 'lo')\n"
        "df.loc[df.salary > 2500, 'band'] = 'top'\n"
        'print(summary.to_string(index=False))\n'
        "print(df.describe(include='all').T.head(3))\n"
        'print(summary.to_markdown())\n'
        'pivot',
    ]),
    ('sklearn', 'runs', [
        'import numpy as np\n'
        'from sklearn.datasets import make_classification\n'
        'from sklearn.model_selection import train_test_split, GridSearchCV, cross_val_score\n'
        'from sklearn.pipeline import Pipeline\n'
        'from sklearn.preprocessing import StandardScaler\n'
        'from sklearn.ensemble import RandomForestClassifier\n'
        'from sklearn.metrics import classification_report, ConfusionMatrixDisplay\n'
        'from joblib import Parallel, delayed\n'
        'X, y = make_classification(n_samples=200, n_features=8, random_state=0)\n'
        'Xtr, Xte, ytr, yte = train_test_split(X, y, test_size=.25, random_state=42, stratify=y)\n'
        'pipe = Pipeline([("sc", StandardScaler()), ("rf", RandomForestClassifier(n_estimators=20, n_jobs=-1, random_state=0))])\n'
        'gs = GridSearchCV(pipe, {"rf__max_depth": [2, 4]}, cv=3, n_jobs=-1, verbose=1)\n'
        'gs.fit(Xtr, ytr)\n'
        'print(gs.best_params_, round(gs.score(Xte, yte), 3))\n'
        'print(classification_report(yte, gs.predict(Xte)))\n'
        'print(Parallel(n_jobs=4)(delayed(lambda v: v*v)(i) for i in range(5)))\n'
        'pipe',
    ]),
    ('requests', 'runs', [
        'import requests\n'
        "r = requests.get('http://127.0.0.1:PORT/d.json', timeout=10)\n"
        'r.raise_for_status()\n'
        "print(r.status_code, r.json()['items'][0])\n"
        'with requests.Session() as s:\n'
        "    s.headers.update({'User-Agent': 'x'})\n"
        "    print(s.get('http://127.0.0.1:PORT/d.json').ok)",
    ]),
    ('sqlite_mem', 'runs', [
        'import sqlite3, pandas as pd\n'
        "conn = sqlite3.connect(':memory:')\n"
        "df = pd.read_csv('data.csv')\n"
        "df.to_sql('emp', conn, index=False, if_exists='replace')\n"
        'cur = conn.cursor()\n'
        "cur.execute('CREATE INDEX ix ON emp(dept)')\n"
        'conn.commit()\n'
        "out = pd.read_sql_query('SELECT dept, AVG(salary) a FROM emp GROUP BY dept', conn)\n"
        'conn.close()\n'
        'out',
    ]),
    ('duckdb', 'either', [
        'import duckdb, pandas as pd\n'
        "df = pd.read_csv('data.csv')\n"
        "print(duckdb.sql('SELECT dept, avg(salary) AS m FROM df GROUP BY dept ORDER BY 1').df())\n"
        'con = duckdb.connect()\n'
        'print(con.execute("SELECT count(*) FROM read_csv_auto(\'data.csv\')").fetchone())\n'
        "duckdb.query('select 42 as a')",
    ]),
    ('duckdb_file', 'either', [
        'import duckdb\n'
        "con = duckdb.connect('w.duckdb')\n"
        "con.execute('create table t as select 1 a')\n"
        'con.close()\n'
        "import os; print(os.path.exists('w.duckdb'))",
    ]),
    ('polars_sink', 'remedy', [
        'import polars as pl\n'
        "pl.scan_csv('data.csv').sink_csv('sunk.csv')\n"
        "import os; print(os.path.exists('sunk.csv'))",
    ]),
    ('altair', 'either', [
        'import altair as alt, pandas as pd\n'
        "df = pd.read_csv('data.csv')\n"
        "alt.Chart(df).mark_bar().encode(x='dept', y='mean(salary)').interactive()",
    ]),
    ('pathlib', 'runs', [
        'from pathlib import Path\n'
        "files = sorted(Path('.').glob('**/*.csv'))\n"
        "print([f.name for f in files], files[0].stat().st_size, Path.cwd().name != '', Path.home().exists())\n"
        "for f in Path('.').rglob('*'):\n"
        '    if f.is_file(): print(f.suffix, len(f.read_text().splitlines()))',
    ]),
    ('logging', 'runs', [
        'import logging\n'
        "logging.basicConfig(level=logging.INFO, format='%(asctime)s %(levelname)s %(name)s: %(message)s')\n"
        'logger = logging.getLogger(__name__)\n'
        "logger.info('starting')\n"
        "logger.warning('w')\n"
        'try:\n'
        '    1/0\n'
        'except ZeroDivisionError:\n'
        "    logger.exception('boom')",
    ]),
    ('dataclass', 'runs', [
        'from __future__ import annotations\n'
        'from dataclasses import dataclass, field, asdict, replace\n'
        'from typing import List, Dict, NamedTuple, TypedDict, Protocol, Generic, TypeVar\n'
        'from enum import Enum, auto\n'
        'from functools import lru_cache, cached_property, partial, reduce\n'
        'from collections import defaultdict, Counter, OrderedDict, deque\n'
        'from abc import ABC, abstractmethod\n'
        'T = TypeVar("T")\n'
        'class Color(Enum):\n'
        '    RED = auto(); BLUE = auto()\n'
        '@dataclass(frozen=True, order=True)\n'
        'class P:\n'
        '    x: float\n'
        '    y: float = 0.0\n'
        '    tags: List[str] = field(default_factory=list, compare=False)\n'
        '    @property\n'
        '    def norm(self) -> float: return (self.x**2 + self.y**2) ** .5\n'
        '@dataclass\n'
        'class Store(Generic[T]):\n'
        '    items: Dict[str, T] = field(default_factory=dict)\n'
        '    def add(self, k: str, v: T) -> None: self.items[k] = v\n'
        '    def __post_init__(self): self.created = True\n'
        's = Store[int](); s.add("a", 1)\n'
        'class Base(ABC):\n'
        '    @abstractmethod\n'
        '    def run(self): ...\n'
        'class Impl(Base):\n'
        '    count = 0\n'
        '    def __init__(self): self.n = 1; type(self).count += 1; Impl.count += 1\n'
        '    def run(self): return self.n\n'
        '    @cached_property\n'
        '    def big(self): return sum(range(10))\n'
        '@lru_cache(maxsize=None)\n'
        'def fib(n): return n if n < 2 else fib(n-1)+fib(n-2)\n'
        'print(P(3,4).norm, asdict(P(1)), replace(P(1), y=2), Color.RED.name, Impl().run(), Impl.count, Impl().big, fib(50), s, fib.cache_info())\n'
        "Counter('hello').most_common(2)",
    ]),
    ('procpool', 'remedy', [
        'from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed\n'
        'def sq(x): return x*x\n'
        'with ThreadPoolExecutor(max_workers=4) as ex:\n'
        '    fs = {ex.submit(sq, i): i for i in range(5)}\n'
        '    print(sorted(f.result() for f in as_completed(fs)))',
        'with ProcessPoolExecutor(max_workers=2) as ex:\n'
        '    print(list(ex.map(sq, range(5))))',
    ]),
    ('tempfile', 'either', [
        'import tempfile, os\n'
        "with tempfile.NamedTemporaryFile('w+', suffix='.csv', delete=False) as f:\n"
        "    f.write('a,b\\n1,2\\n'); name = f.name\n"
        'print(open(name).read())\n'
        'os.unlink(name)',
        'with tempfile.TemporaryDirectory() as d:\n'
        "    p = os.path.join(d, 'x.txt')\n"
        "    with open(p, 'w') as f: f.write('x')\n"
        '    print(os.listdir(d))\n'
        'print(os.path.exists(d))',
        'with tempfile.NamedTemporaryFile() as f:\n'
        "    f.write(b'1'); f.flush()\n"
        '    print(os.path.getsize(f.name))\n'
        'print(os.path.exists(f.name))',
        'd = tempfile.mkdtemp()\n'
        'import shutil\n'
        "open(d+'/a','w').write('1')\n"
        'shutil.rmtree(d)\n'
        'print(os.path.exists(d))',
    ]),
    ('makedirs', 'remedy', [
        'import os\n'
        "os.makedirs('output', exist_ok=True)\n"
        "with open('output/report.txt', 'w') as f:\n"
        "    f.write('hi')\n"
        "print(os.listdir('output'))",
    ]),
    ('pickle', 'remedy', [
        'import pickle\n'
        "obj = {'a':[1,2,3]}\n"
        's = pickle.dumps(obj); print(pickle.loads(s))\n'
        "with open('obj.pkl', 'wb') as f:\n"
        '    pickle.dump(obj, f)\n'
        "with open('obj.pkl','rb') as f:\n"
        '    print(pickle.load(f))',
    ]),
    ('to_csv', 'remedy', [
        'import pandas as pd\n'
        "df = pd.read_csv('data.csv')\n"
        "df.to_csv('clean.csv', index=False)\n"
        "df.to_parquet('clean.parquet')\n"
        "df.to_excel('clean.xlsx', index=False)\n"
        "print(len(pd.read_parquet('clean.parquet')), len(pd.read_excel('clean.xlsx')))",
    ]),
    ('cuda_env', 'runs', [
        'import os\n'
        "os.environ['CUDA_VISIBLE_DEVICES'] = '0'\n"
        "os.environ['OMP_NUM_THREADS'] = '1'\n"
        "print('ok')",
    ]),
    ('time', 'runs', [
        '%%time\n'
        't = sum(i*i for i in range(1000))\n'
        't',
        '%timeit -n 5 -r 2 sum(range(100))',
        '%time x = 5\n'
        'print(x)',
    ]),
    ('warnings', 'runs', [
        'import warnings\n'
        "warnings.filterwarnings('ignore')\n"
        "warnings.simplefilter('ignore', category=FutureWarning)\n"
        'import numpy as np, random\n'
        'np.random.seed(42); random.seed(42)\n'
        'rng = np.random.default_rng(0)\n'
        'import pandas as pd\n'
        "pd.set_option('display.max_columns', None)\n"
        "pd.options.display.float_format = '{:.2f}'.format\n"
        'np.set_printoptions(precision=3, suppress=True)\n'
        'pd.options.mode.chained_assignment = None\n'
        'with warnings.catch_warnings():\n'
        "    warnings.simplefilter('error')\n"
        "print('ok')",
    ]),
    ('write_and_import', 'remedy', [
        '%%writefile helpers.py\n'
        'def f(): return 41',
        "open('helpers2.py','w').write('def f(): return 42')",
        'import helpers\n'
        'helpers.f()',
    ]),
    ('reload_own', 'either', [
        'import importlib, mymod\n'
        'print(mymod.V)\n'
        'importlib.reload(mymod)',
        '%load_ext autoreload\n'
        '%autoreload 2\n'
        'import mymod\n'
        'mymod.f(2)',
    ]),
    ('sympy', 'either', [
        'import sympy as sp\n'
        "x, y = sp.symbols('x y')\n"
        'sp.init_printing()\n'
        'expr = sp.integrate(sp.sin(x)*sp.exp(x), x)\n'
        "f = sp.lambdify(x, expr, 'numpy')\n"
        'print(f(1.0), sp.latex(expr), sp.solve(x**2-2, x))\n'
        'expr',
    ]),
    ('scipy', 'runs', [
        'import numpy as np\n'
        'from scipy import stats, optimize, signal, interpolate, integrate\n'
        'a = np.random.default_rng(0).normal(size=50)\n'
        'print(stats.ttest_1samp(a, 0).pvalue > 0, stats.shapiro(a).pvalue>0)\n'
        'popt, _ = optimize.curve_fit(lambda x, m, c: m*x+c, np.arange(10.), 2*np.arange(10.)+1)\n'
        'print(popt, optimize.minimize(lambda v: (v**2).sum(), [1.,2.]).success, integrate.quad(np.sin, 0, np.pi)[0])\n'
        'print(integrate.solve_ivp(lambda t,y: -y, (0,1), [1.]).y[0,-1])\n'
        'interpolate.interp1d([0,1],[0,1])(0.5)',
    ]),
    ('class_api', 'runs', [
        'import requests, time\n'
        'from functools import wraps\n'
        'def retry(n=3, delay=0.01):\n'
        '    def deco(fn):\n'
        '        @wraps(fn)\n'
        '        def inner(*a, **k):\n'
        '            for i in range(n):\n'
        '                try: return fn(*a, **k)\n'
        '                except Exception as e:\n'
        "                    print(f'attempt {i}: {type(e).__name__}'); time.sleep(delay)\n"
        "            raise RuntimeError('gave up')\n"
        '        return inner\n'
        '    return deco\n'
        '@retry(n=2)\n'
        'def get(u): return requests.get(u, timeout=2).json()\n'
        "print(get('http://127.0.0.1:PORT/d.json'))\n"
        "try: get('http://127.0.0.1:1/')\n"
        'except RuntimeError as e: print(e)',
    ]),
    ('ctx_redirect', 'runs', [
        'import io, contextlib\n'
        'buf = io.StringIO()\n'
        "with contextlib.redirect_stdout(buf): print('x')\n"
        'print(repr(buf.getvalue()))\n'
        'import pandas as pd\n'
        "b = io.StringIO(); pd.read_csv('data.csv').info(buf=b); print(len(b.getvalue())>10)\n"
        "pd.read_csv('data.csv').info()",
    ]),
    ('unittest', 'runs', [
        'import unittest\n'
        'class T(unittest.TestCase):\n'
        '    def test_a(self): self.assertEqual(1, 1)\n'
        "unittest.main(argv=['x'], exit=False, verbosity=2)",
    ]),
    ('animation', 'either', [
        'import matplotlib.pyplot as plt, numpy as np\n'
        'from matplotlib.animation import FuncAnimation\n'
        'from IPython.display import HTML\n'
        'fig, ax = plt.subplots(); (l,) = ax.plot([], []); ax.set_xlim(0,1); ax.set_ylim(0,1)\n'
        'def upd(i): l.set_data([0,1],[0,i/5]); return (l,)\n'
        'ani = FuncAnimation(fig, upd, frames=3, interval=50, blit=True)\n'
        'plt.close(fig)\n'
        'HTML(ani.to_jshtml())',
    ]),
    ('O08', 'runs', [
        'import pandas as pd\n'
        "pd.Timestamp('2024-01-01', tz='US/Eastern')",
        "pd.to_datetime('2024-01-01', utc=True).tz_convert('Asia/Tokyo')",
    ]),
    ('O11', 'runs', [
        'import pandas as pd, io\n'
        "b=io.BytesIO(); pd.DataFrame({'a':[1]}).to_excel(b); len(b.getvalue())>0",
    ]),
    ('csv_clean', 'runs', [
        'import csv, io, statistics\n'
        "with open('data.csv', newline='') as f:\n"
        '    rows = list(csv.DictReader(f))\n'
        "print(len(rows), statistics.mean(float(r['salary']) for r in rows))\n"
        'out = io.StringIO()\n'
        'w = csv.DictWriter(out, fieldnames=rows[0].keys())\n'
        'w.writeheader(); w.writerows(rows[:2])\n'
        'print(out.getvalue())',
    ]),
    ('json_report', 'remedy', [
        'import json, datetime\n'
        "report = {'when': datetime.datetime.now().isoformat(), 'n': 3}\n"
        "with open('report.json', 'w') as f:\n"
        '    json.dump(report, f, indent=2)\n'
        "print(json.load(open('report.json'))['n'])",
    ]),
    ('html_report', 'remedy', [
        'from string import Template\n'
        'from pathlib import Path\n'
        "html = Template('<h1>$title</h1>').substitute(title='Report')\n"
        "Path('report.html').write_text(html, encoding='utf-8')\n"
        "Path('report.html').stat().st_size",
    ]),
    ('jinja', 'either', [
        'from jinja2 import Template, Environment\n'
        "t = Template('{% for x in xs %}<li>{{ x|upper }}</li>{% endfor %}')\n"
        "print(t.render(xs=['a', 'b']))\n"
        'env = Environment(autoescape=True)\n'
        "print(env.from_string('{{ a }}').render(a='<b>'))",
    ]),
    ('savefig', 'remedy', [
        'import matplotlib.pyplot as plt\n'
        'import numpy as np\n'
        'fig, axes = plt.subplots(1, 2, figsize=(8, 3))\n'
        'axes[0].hist(np.random.default_rng(0).normal(size=200), bins=20)\n'
        "axes[1].scatter(range(5), range(5), c=range(5), cmap='viridis')\n"
        "fig.suptitle('Two'); fig.tight_layout()\n"
        "plt.savefig('plot.png', dpi=80, bbox_inches='tight')\n"
        'plt.show()',
    ]),
    ('seaborn', 'runs', [
        'import seaborn as sns, pandas as pd, matplotlib.pyplot as plt\n'
        "sns.set_theme(style='whitegrid')\n"
        "df = pd.read_csv('data.csv')\n"
        "ax = sns.boxplot(data=df, x='dept', y='salary')\n"
        "ax.set_title('Salaries')\n"
        'plt.show()\n'
        "g = sns.pairplot(df[['salary', 'score', 'dept']], hue='dept')\n"
        "sns.heatmap(df[['salary', 'score']].corr(), annot=True)",
    ]),
    ('plotly', 'runs', [
        'import plotly.express as px, pandas as pd\n'
        "df = pd.read_csv('data.csv')\n"
        "fig = px.scatter(df, x='score', y='salary', color='dept')\n"
        "fig.update_layout(title='t')\n"
        'fig.show()',
    ]),
    ('plotly_html', 'remedy', [
        'import plotly.graph_objects as go\n'
        "fig = go.Figure(go.Bar(x=['a', 'b'], y=[1, 2]))\n"
        "fig.write_html('fig.html')",
    ]),
    ('style', 'runs', [
        'import pandas as pd\n'
        "df = pd.read_csv('data.csv').head(5)\n"
        "df.style.background_gradient(subset=['salary']).format({'salary': '{:.1f}'})",
    ]),
    ('scrape', 'runs', [
        'import requests\n'
        'from bs4 import BeautifulSoup\n'
        "html = requests.get('http://127.0.0.1:PORT/page.html', timeout=5).text\n"
        "soup = BeautifulSoup(html, 'html.parser')\n"
        "print(soup.title.get_text(strip=True), [a['href'] for a in soup.select('a[href]')])\n"
        "print(BeautifulSoup(html, 'lxml').find('h1').text)",
    ]),
    ('read_html', 'runs', [
        'import pandas as pd, io\n'
        "pd.read_html(io.StringIO('<table><tr><th>a</th></tr><tr><td>1</td></tr></table>'))[0]",
    ]),
    ('urllib', 'runs', [
        'from urllib.request import urlopen, Request\n'
        'from urllib.parse import urlencode, urlparse, urljoin\n'
        'import json\n'
        "url = 'http://127.0.0.1:PORT/d.json?' + urlencode({'q': 'a b'})\n"
        "with urlopen(Request(url, headers={'User-Agent': 'x'}), timeout=5) as r:\n"
        '    print(r.status, json.load(r))\n'
        "print(urljoin(url, '/x'), urlparse(url).netloc != '')",
    ]),
    ('httpx', 'runs', [
        'import httpx\n'
        "print(httpx.get('http://127.0.0.1:PORT/d.json').json())\n"
        'with httpx.Client(timeout=5) as c:\n'
        "    print(c.get('http://127.0.0.1:PORT/d.json').status_code)\n"
        'async with httpx.AsyncClient() as c:\n'
        "    r = await c.get('http://127.0.0.1:PORT/d.json')\n"
        'r.json()',
    ]),
    ('aiohttp', 'runs', [
        'import asyncio, aiohttp\n'
        'async def fetch(session, url):\n'
        '    async with session.get(url) as r:\n'
        '        return await r.json()\n'
        'async def main():\n'
        '    async with aiohttp.ClientSession() as s:\n'
        "        return await asyncio.gather(*(fetch(s, 'http://127.0.0.1:PORT/d.json') for _ in range(3)))\n"
        'print(len(await main()))',
    ]),
    ('pd_url', 'runs', [
        'import pandas as pd\n'
        "pd.read_json('http://127.0.0.1:PORT/d.json')",
    ]),
    ('post', 'remedy', [
        'import requests\n'
        "r = requests.post('http://127.0.0.1:PORT/api', json={'a': 1}, timeout=5)\n"
        'print(r.status_code)',
    ]),
    ('download', 'remedy', [
        'import requests\n'
        "with requests.get('http://127.0.0.1:PORT/d.json', stream=True, timeout=5) as r:\n"
        '    r.raise_for_status()\n'
        "    with open('download.json', 'wb') as f:\n"
        '        for chunk in r.iter_content(chunk_size=8192):\n'
        '            f.write(chunk)\n'
        "print(open('download.json').read())",
    ]),
    ('urlretrieve', 'remedy', [
        'import urllib.request\n'
        "urllib.request.urlretrieve('http://127.0.0.1:PORT/d.json', 'got.json')\n"
        "print(open('got.json').read())",
    ]),
    ('sqlalchemy', 'runs', [
        'from sqlalchemy import create_engine, text, Column, Integer, String, select\n'
        'from sqlalchemy.orm import declarative_base, Session\n'
        'Base = declarative_base()\n'
        'class User(Base):\n'
        "    __tablename__ = 'users'\n"
        '    id = Column(Integer, primary_key=True)\n'
        '    name = Column(String)\n'
        "engine = create_engine('sqlite://')\n"
        'Base.metadata.create_all(engine)\n'
        'with Session(engine) as s:\n'
        "    s.add_all([User(name='a'), User(name='b')]); s.commit()\n"
        '    print([u.name for u in s.scalars(select(User))])\n'
        'with engine.connect() as c:\n'
        "    print(c.execute(text('select count(*) from users')).scalar())",
    ]),
    ('sqlite_file', 'remedy', [
        'import sqlite3\n'
        "conn = sqlite3.connect('app.db')\n"
        'with conn:\n'
        "    conn.execute('CREATE TABLE IF NOT EXISTS t (a INTEGER, b TEXT)')\n"
        "    conn.executemany('INSERT INTO t VALUES (?, ?)', [(1, 'x'), (2, 'y')])\n"
        "print(conn.execute('SELECT * FROM t').fetchall())\n"
        'conn.close()',
    ]),
    ('to_sql_file', 'remedy', [
        'import pandas as pd\n'
        'from sqlalchemy import create_engine\n'
        "engine = create_engine('sqlite:///emp.db')\n"
        "pd.read_csv('data.csv').to_sql('emp', engine, if_exists='replace', index=False)\n"
        "print(pd.read_sql('select count(*) n from emp', engine))",
    ]),
    ('regression', 'runs', [
        'import numpy as np, pandas as pd\n'
        'from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge\n'
        'from sklearn.metrics import mean_squared_error, r2_score\n'
        'from sklearn.preprocessing import OneHotEncoder\n'
        'from sklearn.compose import ColumnTransformer\n'
        'from sklearn.pipeline import make_pipeline\n'
        'from sklearn.model_selection import KFold, cross_val_score\n'
        "df = pd.read_csv('data.csv')\n"
        "ct = ColumnTransformer([('d', OneHotEncoder(), ['dept'])], remainder='passthrough')\n"
        'pipe = make_pipeline(ct, Ridge())\n'
        "pipe.fit(df[['dept', 'score']], df['salary'])\n"
        "print(r2_score(df.salary, pipe.predict(df[['dept', 'score']])) <= 1)\n"
        "print(cross_val_score(pipe, df[['dept', 'score']], df.salary, cv=KFold(3)).shape)",
    ]),
    ('kmeans_pca', 'runs', [
        'import numpy as np\n'
        'from sklearn.cluster import KMeans, DBSCAN\n'
        'from sklearn.decomposition import PCA\n'
        'from sklearn.manifold import TSNE\n'
        'X = np.random.default_rng(0).normal(size=(60, 5))\n'
        'print(KMeans(3, n_init=10, random_state=0).fit_predict(X).shape, PCA(2).fit_transform(X).shape, TSNE(perplexity=5, '
        'random_state=0).fit_transform(X).shape)',
    ]),
    ('joblib_dump', 'remedy', [
        'import joblib\n'
        'from sklearn.linear_model import LinearRegression\n'
        'model = LinearRegression().fit([[0], [1]], [0, 1])\n'
        "joblib.dump(model, 'model.joblib')\n"
        "print(joblib.load('model.joblib').predict([[2]]))",
    ]),
    ('custom_estimator', 'runs', [
        'from sklearn.base import BaseEstimator, TransformerMixin, clone\n'
        'import numpy as np\n'
        'class Log(BaseEstimator, TransformerMixin):\n'
        '    def __init__(self, eps=1e-9): self.eps = eps\n'
        '    def fit(self, X, y=None): self.n_features_in_ = X.shape[1]; return self\n'
        '    def transform(self, X): return np.log(X + self.eps)\n'
        'print(clone(Log(2)).fit_transform(np.ones((2, 2))))\n'
        'Log()',
    ]),
    ('np_save', 'remedy', [
        'import numpy as np\n'
        'a = np.arange(6).reshape(2, 3)\n'
        "np.save('a.npy', a); np.savez_compressed('b.npz', a=a); np.savetxt('c.txt', a, delimiter=',')\n"
        "print(np.load('a.npy').sum(), np.load('b.npz')['a'].sum(), np.loadtxt('c.txt', delimiter=',').sum())",
    ]),
    ('h5', 'remedy', [
        'import h5py, numpy as np\n'
        "with h5py.File('d.h5', 'w') as f:\n"
        "    f.create_dataset('x', data=np.arange(3))\n"
        "with h5py.File('d.h5') as f:\n"
        "    print(f['x'][:])",
    ]),
    ('pil', 'remedy', [
        'from PIL import Image, ImageDraw, ImageFilter\n'
        "img = Image.new('RGB', (64, 64), 'white')\n"
        "d = ImageDraw.Draw(img); d.rectangle((8, 8, 40, 40), fill='red'); d.text((2, 50), 'hi', fill='black')\n"
        'thumb = img.resize((16, 16)).filter(ImageFilter.BLUR)\n'
        "thumb.save('thumb.png')\n"
        'img',
    ]),
    ('zip', 'remedy', [
        'import zipfile, tarfile, gzip, shutil, os\n'
        "os.makedirs('pack', exist_ok=True)\n"
        "open('pack/a.txt', 'w').write('a')\n"
        "with zipfile.ZipFile('p.zip', 'w', zipfile.ZIP_DEFLATED) as z:\n"
        "    z.write('pack/a.txt')\n"
        "with zipfile.ZipFile('p.zip') as z:\n"
        "    print(z.namelist()); z.extractall('unpacked')\n"
        "with gzip.open('a.gz', 'wt') as f: f.write('x')\n"
        "shutil.make_archive('arch', 'zip', 'pack')\n"
        "print(sorted(os.listdir('.')))",
    ]),
    ('walk', 'runs', [
        'import os, glob, fnmatch\n'
        'total = 0\n'
        "for root, dirs, files in os.walk('.'):\n"
        "    dirs[:] = [d for d in dirs if not d.startswith('.')]\n"
        '    for name in files:\n'
        '        total += os.path.getsize(os.path.join(root, name))\n'
        "print(total > 0, glob.glob('*.csv'), [e.name for e in os.scandir('.') if e.is_file()][:1] != [])\n"
        "print(os.path.splitext('a.b.c'), os.path.expanduser('~') != '~', os.environ.get('HOME') is not None)",
    ]),
    ('regex', 'runs', [
        'import re, textwrap, string, collections, itertools, functools, operator\n'
        "text = open('data.csv').read()\n"
        "words = collections.Counter(re.findall(r'[a-z]+', text.lower()))\n"
        'print(words.most_common(3), textwrap.shorten(text, 40))\n'
        "print(re.sub(r'(\\d+)', lambda m: str(int(m[1]) + 1), 'a1b22'))\n"
        "print([k for k, g in itertools.groupby('aabbc')], functools.reduce(operator.mul, range(1, 6)))",
    ]),
    ('datetime', 'runs', [
        'from datetime import datetime, timedelta, timezone, date\n'
        'from zoneinfo import ZoneInfo\n'
        'import calendar, time\n'
        "now = datetime.now(ZoneInfo('Europe/Berlin'))\n"
        "print((now + timedelta(days=1)).strftime('%Y-%m-%d') > '2000', calendar.monthrange(2024, 2), time.strftime('%Y') > '2000')\n"
        "print(datetime.fromisoformat('2024-01-01T00:00:00+00:00').astimezone(timezone.utc))",
    ]),
    ('script', 'runs', [
        '#!/usr/bin/env python3\n'
        '"""Count words."""\n'
        'import argparse\n'
        'import sys\n'
        'from pathlib import Path\n'
        '\n'
        'def count(path: Path) -> int:\n'
        '    return len(path.read_text().split())\n'
        '\n'
        'def main(argv: list[str] | None = None) -> None:\n'
        '    parser = argparse.ArgumentParser(description=__doc__)\n'
        "    parser.add_argument('file', nargs='?', default='data.csv')\n"
        '    args = parser.parse_args(argv if argv is not None else [])\n'
        '    try:\n'
        "        print(f'{count(Path(args.file))} words')\n"
        '    except OSError as e:\n'
        "        print(f'error: {e}', file=sys.stderr)\n"
        '        raise SystemExit(1)\n'
        '\n'
        "if __name__ == '__main__':\n"
        '    main()',
    ]),
    ('click', 'runs', [
        'import click\n'
        '@click.command()\n'
        "@click.option('--n', default=1)\n"
        'def cli(n):\n'
        "    for _ in range(n): click.echo('hi')\n"
        "cli(['--n', '2'], standalone_mode=False)",
    ]),
    ('tqdm', 'runs', [
        'from tqdm import tqdm\n'
        'from tqdm.auto import tqdm as atqdm\n'
        'import time\n'
        'print(sum(x for x in tqdm(range(5))), [x for x in atqdm(range(3))])\n'
        'import pandas as pd\n'
        'tqdm.pandas()\n'
        'pd.Series(range(5)).progress_apply(lambda x: x + 1).sum()',
    ]),
    ('threads', 'runs', [
        'import threading, queue, time\n'
        'q = queue.Queue()\n'
        'def worker():\n'
        '    while (item := q.get()) is not None:\n'
        '        results.append(item * 2); q.task_done()\n'
        'results = []\n'
        'ts = [threading.Thread(target=worker, daemon=True) for _ in range(2)]\n'
        '[t.start() for t in ts]\n'
        'for i in range(5): q.put(i)\n'
        'q.join()\n'
        'for _ in ts: q.put(None)\n'
        '[t.join() for t in ts]\n'
        'sorted(results)',
    ]),
    ('async', 'runs', [
        'import asyncio\n'
        'async def job(n):\n'
        '    await asyncio.sleep(0.01); return n\n'
        'print(await asyncio.gather(*(job(i) for i in range(3))))\n'
        'async with asyncio.TaskGroup() as tg:\n'
        '    t = tg.create_task(job(5))\n'
        'print(t.result(), await asyncio.wait_for(job(1), 1))',
    ]),
    ('asyncio_run', 'runs', [
        'import asyncio\n'
        'async def main():\n'
        '    await asyncio.sleep(0.01)\n'
        "    return 'done'\n"
        'try:\n'
        '    asyncio.get_running_loop()\n'
        '    result = await main()\n'
        'except RuntimeError:\n'
        '    result = asyncio.run(main())\n'
        'result',
    ]),
    ('pydantic', 'runs', [
        'from pydantic import BaseModel, Field, ValidationError, field_validator\n'
        'class Item(BaseModel):\n'
        '    name: str\n'
        '    price: float = Field(gt=0)\n'
        '    tags: list[str] = []\n'
        "    @field_validator('name')\n"
        '    @classmethod\n'
        '    def strip(cls, v): return v.strip()\n'
        "print(Item(name=' a ', price=1).model_dump_json())\n"
        "try: Item(name='x', price=-1)\n"
        'except ValidationError as e: print(e.error_count())',
    ]),
    ('yaml_toml', 'runs', [
        'import yaml, tomllib, configparser\n'
        "print(yaml.safe_load('a: [1, 2]'), yaml.dump({'b': 1}).strip(), tomllib.loads('x = 1'))\n"
        "c = configparser.ConfigParser(); c.read_string('[s]\\na=1'); print(c['s'].getint('a'))",
    ]),
    ('xml', 'runs', [
        'import xml.etree.ElementTree as ET\n'
        'from lxml import etree\n'
        'root = ET.fromstring(\'<r><i n="1">a</i></r>\')\n'
        "print(root.find('i').get('n'), [e.text for e in root.iter('i')])\n"
        "print(etree.fromstring('<a><b/></a>').xpath('count(//b)'), ET.tostring(root, encoding='unicode'))",
    ]),
    ('networkx', 'runs', [
        'import networkx as nx, matplotlib.pyplot as plt\n'
        'G = nx.karate_club_graph()\n'
        'print(nx.shortest_path(G, 0, 33), round(nx.pagerank(G)[0], 3))\n'
        'nx.draw(G, pos=nx.spring_layout(G, seed=1), node_size=20)\n'
        'plt.show()',
    ]),
    ('polars', 'runs', [
        'import polars as pl\n'
        "df = pl.read_csv('data.csv')\n"
        "print(df.group_by('dept').agg(pl.col('salary').mean().alias('m')).sort('dept'))\n"
        "print(df.lazy().filter(pl.col('salary') > 1500).select('name').collect().height > 0)\n"
        "df.with_columns((pl.col('salary') * 2).alias('d')).head(2)",
    ]),
    ('widgets', 'runs', [
        'import ipywidgets as widgets\n'
        'from IPython.display import display\n'
        's = widgets.IntSlider(value=3, max=10)\n'
        'out = widgets.Output()\n'
        "s.observe(lambda change: None, names='value')\n"
        'display(s, out)\n'
        "with out: print('in')\n"
        's.value',
    ]),
    ('displays', 'runs', [
        'from IPython.display import display, HTML, Markdown, JSON, Image, Latex, clear_output\n'
        "display(Markdown('# T'), HTML('<b>x</b>'), JSON({'a': 1}), Latex('$x$'))\n"
        'clear_output(wait=True)\n'
        "display({'text/plain': 'raw'}, raw=True)",
    ]),
    ('env_secrets', 'runs', [
        'import os\n'
        'from getpass import getuser\n'
        "key = os.getenv('API_KEY')\n"
        'if not key:\n'
        "    print('API_KEY is not set')\n"
        "os.environ.setdefault('MPLBACKEND', 'agg')\n"
        "print(os.cpu_count() > 0, os.name, getuser() != '')",
    ]),
    ('platform', 'runs', [
        'import sys, platform, importlib.metadata as md\n'
        "print(sys.version_info >= (3, 11), platform.system(), md.version('numpy') != '')\n"
        'import numpy, pandas\n'
        "for m in (numpy, pandas): print(m.__name__, m.__version__ != '')\n"
        'from importlib.util import find_spec\n'
        "print(find_spec('no_such_module'))",
    ]),
    ('memory', 'runs', [
        'import sys, gc, tracemalloc, time, resource\n'
        'import pandas as pd\n'
        "df = pd.read_csv('data.csv')\n"
        'print(df.memory_usage(deep=True).sum() > 0, sys.getsizeof([]) > 0)\n'
        'start = time.perf_counter(); sum(range(10000)); print(time.perf_counter() - start >= 0)\n'
        'gc.collect(); print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > 0)',
    ]),
    ('subprocess', 'remedy', [
        'import subprocess\n'
        "r = subprocess.run(['echo', 'hi'], capture_output=True, text=True)\n"
        'print(r.stdout)',
    ]),
    ('os_system', 'remedy', [
        'import os\n'
        "os.system('echo hi')",
    ]),
    ('rmtree', 'remedy', [
        'import shutil, os\n'
        "if os.path.exists('old'):\n"
        "    shutil.rmtree('old')\n"
        "print(os.path.exists('old'))",
    ]),
    ('path_mkdir', 'remedy', [
        'from pathlib import Path\n'
        "out = Path('results') / 'figs'\n"
        'out.mkdir(parents=True, exist_ok=True)\n'
        "(out / 'a.txt').write_text('x')\n"
        "(out / 'a.txt').rename(out / 'b.txt')\n"
        'print([p.name for p in out.iterdir()])',
    ]),
    ('logfile', 'remedy', [
        'import logging\n'
        "logging.basicConfig(filename='run.log', level=logging.INFO, force=True)\n"
        "logging.info('hello')\n"
        'logging.shutdown()\n'
        "print(open('run.log').read())",
    ]),
    ('excel_multi', 'remedy', [
        'import pandas as pd\n'
        "df = pd.read_csv('data.csv')\n"
        "with pd.ExcelWriter('multi.xlsx', engine='openpyxl') as w:\n"
        "    for dept, part in df.groupby('dept'):\n"
        '        part.to_excel(w, sheet_name=dept, index=False)\n'
        "print(list(pd.read_excel('multi.xlsx', sheet_name=None)))",
    ]),
    ('openpyxl', 'remedy', [
        'from openpyxl import Workbook, load_workbook\n'
        'from openpyxl.styles import Font, PatternFill\n'
        'wb = Workbook(); ws = wb.active\n'
        "ws['A1'] = 'Total'; ws['A1'].font = Font(bold=True); ws.append([1, 2, 3])\n"
        "wb.save('book.xlsx')\n"
        "print(load_workbook('book.xlsx').active['A1'].value)",
    ]),
    ('decorator_class', 'runs', [
        'import time, functools, contextlib\n'
        '@contextlib.contextmanager\n'
        'def timed(name):\n'
        '    t = time.perf_counter()\n'
        '    yield\n'
        '    print(name, time.perf_counter() - t >= 0)\n'
        'class Cache:\n'
        '    _instance = None\n'
        '    def __new__(cls):\n'
        '        if cls._instance is None: cls._instance = super().__new__(cls)\n'
        '        return cls._instance\n'
        "    def __getattr__(self, name): return f'no {name}'\n"
        '    def __setitem__(self, k, v): self.__dict__[k] = v\n'
        "with timed('x'): c = Cache(); c['a'] = 1\n"
        'print(Cache() is c, c.a, c.b)',
    ]),
    ('metaprogramming', 'runs', [
        'import inspect, ast, types, typing\n'
        "def f(a: int, b: str = 'x') -> float: 'doc'\n"
        'print(inspect.signature(f), typing.get_type_hints(f), inspect.getdoc(f))\n'
        "print(ast.dump(ast.parse('1+1', mode='eval').body)[:5], eval('1+1'))\n"
        "exec('y = 5'); print(y)\n"
        "C = type('C', (), {'m': lambda self: 1}); print(C().m())",
    ]),
    ('testing', 'runs', [
        'import doctest, unittest\n'
        'from unittest.mock import Mock, patch, MagicMock\n'
        'def add(a, b):\n'
        "    '''\n"
        '    >>> add(1, 2)\n'
        '    3\n'
        "    '''\n"
        '    return a + b\n'
        'print(doctest.testmod().failed)\n'
        'm = Mock(return_value=3); print(m(1), m.call_count)\n'
        'assert add(1, 1) == 2',
    ]),
    ('crypto', 'runs', [
        'import hashlib, hmac, secrets, uuid, base64, random\n'
        "print(hashlib.sha256(b'x').hexdigest()[:8], base64.b64encode(b'hi').decode(), len(secrets.token_hex(4)), len(str(uuid.uuid4())))\n"
        "print(hmac.new(b'k', b'm', 'sha256').hexdigest()[:4], random.Random(0).choice('abc'))\n"
        "print(hashlib.md5(open('data.csv', 'rb').read()).hexdigest() != '')",
    ]),
    ('numba', 'either', [
        'from numba import njit\n'
        'import numpy as np\n'
        '@njit\n'
        'def total(a):\n'
        '    s = 0.0\n'
        '    for x in a: s += x\n'
        '    return s\n'
        'print(total(np.arange(10.0)))',
    ]),
    ('geopandas', 'either', [
        'import geopandas as gpd\n'
        'from shapely.geometry import Point\n'
        "g = gpd.GeoDataFrame({'n': ['a']}, geometry=[Point(1, 2)], crs='EPSG:4326')\n"
        'print(g.to_crs(3857).geometry.x.iloc[0] > 0, g.buffer(1).area.iloc[0] > 3)',
    ]),
    ('statsmodels_like', 'runs', [
        'import numpy as np, pandas as pd\n'
        "s = pd.Series(np.random.default_rng(0).normal(size=100).cumsum(), index=pd.date_range('2024-01-01', periods=100))\n"
        "print(s.resample('W').mean().shape, s.rolling(7).std().dropna().shape, s.ewm(span=5).mean().shape)\n"
        'print(s.pct_change().describe().shape, pd.cut(s, 3).value_counts().sum(), s.to_json()[:1])\n'
        "s.plot(title='t', figsize=(6, 2))",
    ]),
    ('email', 'runs', [
        'from email.message import EmailMessage\n'
        'import smtplib\n'
        "msg = EmailMessage(); msg['Subject'] = 'x'; msg['To'] = 'a@example.com'; msg.set_content('hi')\n"
        'print(msg.as_string()[:7])',
    ]),
    ('writefile_run', 'remedy', [
        '%%writefile tool.py\n'
        'import sys\n'
        "print('args', sys.argv[1:])",
        '%run tool.py a b',
    ]),
    ('matplotlib_3d', 'runs', [
        '%matplotlib inline\n'
        'import matplotlib.pyplot as plt, numpy as np\n'
        'from mpl_toolkits.mplot3d import Axes3D\n'
        "plt.style.use('ggplot'); plt.rcParams['figure.figsize'] = (4, 3)\n"
        "fig = plt.figure(); ax = fig.add_subplot(111, projection='3d')\n"
        'x = np.linspace(-1, 1, 10); X, Y = np.meshgrid(x, x)\n'
        'ax.plot_surface(X, Y, X**2 + Y**2); plt.show()',
    ]),
    ('dotenv_like', 'runs', [
        'from pathlib import Path\n'
        'config = {}\n'
        "p = Path('.env')\n"
        'if p.exists():\n'
        '    for line in p.read_text().splitlines():\n'
        "        k, _, v = line.partition('='); config[k] = v\n"
        'print(config)',
    ]),
    ('requests_retry', 'runs', [
        'import requests\n'
        'from requests.adapters import HTTPAdapter\n'
        'from urllib3.util.retry import Retry\n'
        's = requests.Session()\n'
        "s.mount('http://', HTTPAdapter(max_retries=Retry(total=2, backoff_factor=0.01)))\n"
        "print(s.get('http://127.0.0.1:PORT/d.json', params={'a': 1}).json())",
    ]),
    ('multiprocessing', 'remedy', [
        'import multiprocessing as mp\n'
        'def sq(x): return x * x\n'
        'with mp.Pool(2) as pool:\n'
        '    print(pool.map(sq, range(4)))',
    ]),
    ('nested', 'runs', [
        'def outer():\n'
        '    total = 0\n'
        '    def inner(n):\n'
        '        nonlocal total\n'
        '        total += n\n'
        '        return total\n'
        '    return [inner(i) for i in range(4)]\n'
        'print(outer())\n'
        'import dis, copy, pprint, heapq, bisect, decimal, fractions\n'
        "pprint.pprint(copy.deepcopy({'a': [1, {2}]})); print(heapq.nsmallest(2, [3, 1, 2]), bisect.bisect([1, 3], 2), decimal.Decimal('0.1') + 1, "
        "fractions.Fraction(1, 3))\n"
        "match {'k': [1, 2]}:\n"
        "    case {'k': [a, *rest]}: print(a, rest)",
    ]),
]
