"""More cells as assistants write them: see written.py."""

MORE = [
    ('report_markdown', 'remedy', [
        'from pathlib import Path\n'
        'import pandas as pd\n'
        "df = pd.read_csv('data.csv')\n"
        "lines = ['# Report', '', df.groupby('dept').salary.mean().round(1).to_markdown(), '']\n"
        "report = Path('report.md')\n"
        "report.write_text('\\n'.join(lines), encoding='utf-8')\n"
        "print(report.read_text()[:40], report.stat().st_size)",
    ]),
    ('report_print_to_file', 'remedy', [
        "with open('summary.txt', 'w') as fh:\n"
        "    print('Summary', file=fh)\n"
        "    for i in range(3):\n"
        "        print(f'{i:>5}', file=fh)\n"
        "print(open('summary.txt').read())",
    ]),
    ('report_append', 'remedy', [
        "for n in range(3):\n"
        "    with open('log.txt', 'a') as f:\n"
        "        f.write(f'step {n}\\n')\n"
        "print(sum(1 for _ in open('log.txt')))",
    ]),
    ('report_latex', 'remedy', [
        "import pandas as pd\n"
        "df = pd.DataFrame({'a': [1, 2], 'b': ['x', 'y']})\n"
        "df.to_latex('table.tex', index=False)\n"
        "df.to_markdown('table.md')\n"
        "print(open('table.tex').readline(), open('table.md').readline())",
    ]),
    ('report_jinja_file', 'remedy', [
        "from jinja2 import Environment, BaseLoader\n"
        "env = Environment(loader=BaseLoader(), autoescape=True)\n"
        "html = env.from_string('<ul>{% for r in rows %}<li>{{ r }}</li>{% endfor %}</ul>').render(rows=['a', '<b>'])\n"
        "with open('out.html', 'w') as f:\n"
        "    f.write(html)\n"
        "print(html)",
    ]),
    ('plots_loop_dir', 'remedy', [
        "import os\n"
        "import matplotlib\n"
        "matplotlib.use('Agg')\n"
        "import matplotlib.pyplot as plt\n"
        "os.makedirs('plots', exist_ok=True)\n"
        "for i in range(3):\n"
        "    fig, ax = plt.subplots(figsize=(3, 2))\n"
        "    ax.plot(range(i + 2))\n"
        "    fig.savefig(os.path.join('plots', f'p{i}.png'), dpi=50, bbox_inches='tight')\n"
        "    plt.close(fig)\n"
        "print(sorted(os.listdir('plots')))",
    ]),
    ('plot_pdf_pages', 'remedy', [
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.backends.backend_pdf import PdfPages\n"
        "with PdfPages('pages.pdf') as pdf:\n"
        "    for n in range(2):\n"
        "        fig = plt.figure()\n"
        "        plt.plot([n, 1, 2])\n"
        "        pdf.savefig(fig)\n"
        "        plt.close(fig)\n"
        "    pdf.infodict()['Title'] = 'Two pages'\n"
        "print(open('pages.pdf', 'rb').read(5))",
    ]),
    ('plot_svg_buffer', 'runs', [
        "import io, base64\n"
        "import matplotlib.pyplot as plt\n"
        "fig, ax = plt.subplots()\n"
        "ax.bar(['a', 'b'], [1, 2])\n"
        "buffer = io.BytesIO()\n"
        "fig.savefig(buffer, format='png')\n"
        "encoded = base64.b64encode(buffer.getvalue()).decode()\n"
        "print(len(encoded) > 100)\n"
        "plt.close(fig)",
    ]),
    ('animation_gif', 'remedy', [
        "import numpy as np\n"
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.animation import FuncAnimation, PillowWriter\n"
        "fig, ax = plt.subplots(figsize=(2, 2))\n"
        "line, = ax.plot([], [])\n"
        "ax.set_xlim(0, 6); ax.set_ylim(-1, 1)\n"
        "def update(i):\n"
        "    x = np.linspace(0, 6, 50)\n"
        "    line.set_data(x, np.sin(x + i))\n"
        "    return line,\n"
        "anim = FuncAnimation(fig, update, frames=4, blit=True)\n"
        "anim.save('wave.gif', writer=PillowWriter(fps=5))\n"
        "plt.close(fig)\n"
        "print(open('wave.gif', 'rb').read(3))",
    ]),
    ('animation_jshtml', 'runs', [
        "import matplotlib.pyplot as plt\n"
        "from matplotlib.animation import FuncAnimation\n"
        "from IPython.display import HTML\n"
        "fig, ax = plt.subplots(figsize=(2, 2))\n"
        "line, = ax.plot([0, 1], [0, 1])\n"
        "anim = FuncAnimation(fig, lambda i: line.set_data([0, 1], [0, i]), frames=3)\n"
        "page = anim.to_jshtml()\n"
        "plt.close(fig)\n"
        "print('<img' in page)",
    ]),
    ('plotly_write', 'remedy', [
        "import plotly.graph_objects as go\n"
        "fig = go.Figure(go.Bar(x=['a', 'b'], y=[1, 2]))\n"
        "fig.write_json('fig.json')\n"
        "fig.write_html('fig.html', include_plotlyjs='cdn')\n"
        "print(len(open('fig.json').read()) > 10)",
    ]),
    ('seaborn_save', 'remedy', [
        "import seaborn as sns, pandas as pd\n"
        "df = pd.read_csv('data.csv')\n"
        "g = sns.catplot(data=df, x='dept', y='salary', kind='box', height=2)\n"
        "g.savefig('box.png')\n"
        "ax = sns.heatmap(df[['salary', 'score']].corr())\n"
        "ax.get_figure().savefig('heat.png')",
    ]),
    ('scrape_save', 'remedy', [
        "import requests, csv\n"
        "from bs4 import BeautifulSoup\n"
        "page = requests.get('http://127.0.0.1:PORT/index.html', timeout=5)\n"
        "soup = BeautifulSoup(page.text, 'html.parser')\n"
        "rows = [(a.get_text(strip=True), a['href']) for a in soup.select('a[href]')]\n"
        "with open('links.csv', 'w', newline='') as f:\n"
        "    writer = csv.writer(f)\n"
        "    writer.writerow(['text', 'href'])\n"
        "    writer.writerows(rows)\n"
        "print(rows)",
    ]),
    ('scrape_pages', 'runs', [
        "import requests, time\n"
        "from urllib.parse import urljoin\n"
        "base = 'http://127.0.0.1:PORT/'\n"
        "session = requests.Session()\n"
        "session.headers['User-Agent'] = 'Mozilla/5.0'\n"
        "items = []\n"
        "for page in range(1, 4):\n"
        "    r = session.get(urljoin(base, 'list.json'), params={'page': page}, timeout=5)\n"
        "    if not r.ok: break\n"
        "    items += r.json()['items']\n"
        "    time.sleep(0.01)\n"
        "print(len(items))",
    ]),
    ('download_stream', 'remedy', [
        "import requests\n"
        "with requests.get('http://127.0.0.1:PORT/big.json', stream=True, timeout=5) as r:\n"
        "    r.raise_for_status()\n"
        "    with open('big.json', 'wb') as f:\n"
        "        for chunk in r.iter_content(chunk_size=8192):\n"
        "            f.write(chunk)\n"
        "import os\n"
        "print(os.path.getsize('big.json'))",
    ]),
    ('download_many_threads', 'remedy', [
        "import requests\n"
        "from concurrent.futures import ThreadPoolExecutor, as_completed\n"
        "from pathlib import Path\n"
        "target = Path('downloads')\n"
        "target.mkdir(exist_ok=True)\n"
        "def fetch(n):\n"
        "    r = requests.get(f'http://127.0.0.1:PORT/{n}.json', timeout=5)\n"
        "    (target / f'{n}.json').write_bytes(r.content)\n"
        "    return n\n"
        "with ThreadPoolExecutor(max_workers=3) as pool:\n"
        "    futures = [pool.submit(fetch, n) for n in range(5)]\n"
        "    print(sorted(f.result() for f in as_completed(futures)))\n"
        "print(len(list(target.glob('*.json'))))",
    ]),
    ('sqlite_app', 'remedy', [
        "import sqlite3\n"
        "from contextlib import closing\n"
        "with closing(sqlite3.connect('app.db')) as con:\n"
        "    with con:\n"
        "        con.execute('CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT)')\n"
        "        con.executemany('INSERT INTO users (name) VALUES (?)', [('Ada',), ('Bob',)])\n"
        "    con.row_factory = sqlite3.Row\n"
        "    print([dict(r) for r in con.execute('SELECT * FROM users')])",
    ]),
    ('sqlite_backup', 'remedy', [
        "import sqlite3\n"
        "source = sqlite3.connect(':memory:')\n"
        "source.execute('create table t (a)')\n"
        "source.execute('insert into t values (1)')\n"
        "source.commit()\n"
        "target = sqlite3.connect('backup.db')\n"
        "source.backup(target)\n"
        "print(target.execute('select * from t').fetchall())\n"
        "target.close()",
    ]),
    ('sqlite_shelve', 'remedy', [
        "import shelve\n"
        "with shelve.open('cache') as db:\n"
        "    db['key'] = {'a': 1}\n"
        "with shelve.open('cache') as db:\n"
        "    print(db['key'])",
    ]),
    ('duckdb_query_csv', 'either', [
        "import duckdb\n"
        "print(duckdb.sql(\"SELECT dept, avg(salary) a FROM 'data.csv' GROUP BY dept ORDER BY dept\").fetchall())\n"
        "con = duckdb.connect()\n"
        "con.execute('CREATE TABLE t AS SELECT 42 AS x')\n"
        "print(con.execute('SELECT * FROM t').fetchall())",
    ]),
    ('duckdb_copy', 'remedy', [
        "import duckdb\n"
        "duckdb.sql(\"COPY (SELECT dept, avg(salary) AS a FROM 'data.csv' GROUP BY dept) TO 'avg.parquet' (FORMAT parquet)\")\n"
        "print(duckdb.sql(\"SELECT count(*) FROM 'avg.parquet'\").fetchall())",
    ]),
    ('duckdb_database', 'remedy', [
        "import duckdb\n"
        "con = duckdb.connect('warehouse.duckdb')\n"
        "con.execute('CREATE OR REPLACE TABLE t AS SELECT range AS i FROM range(5)')\n"
        "print(con.execute('SELECT sum(i) FROM t').fetchone())\n"
        "con.close()",
    ]),
    ('parquet', 'remedy', [
        "import pandas as pd\n"
        "df = pd.read_csv('data.csv')\n"
        "df.to_parquet('data.parquet')\n"
        "print(pd.read_parquet('data.parquet').shape)",
    ]),
    ('parquet_dataset', 'remedy', [
        "import pyarrow as pa, pyarrow.parquet as pq, pyarrow.dataset as ds\n"
        "table = pa.table({'k': ['a', 'b', 'a'], 'v': [1, 2, 3]})\n"
        "pq.write_to_dataset(table, 'dataset', partition_cols=['k'])\n"
        "print(ds.dataset('dataset', partitioning='hive').to_table().num_rows)",
    ]),
    ('feather_arrow', 'remedy', [
        "import pandas as pd\n"
        "df = pd.DataFrame({'a': range(3)})\n"
        "df.to_feather('a.feather')\n"
        "print(pd.read_feather('a.feather').a.sum())",
    ]),
    ('polars_io', 'remedy', [
        "import polars as pl\n"
        "df = pl.read_csv('data.csv')\n"
        "out = df.group_by('dept').agg(pl.col('salary').mean()).sort('dept')\n"
        "out.write_csv('by_dept.csv')\n"
        "out.write_parquet('by_dept.parquet')\n"
        "out.write_ndjson('by_dept.ndjson')\n"
        "print(pl.scan_parquet('by_dept.parquet').collect().shape)",
    ]),
    ('model_pickle', 'remedy', [
        "import pickle\n"
        "from sklearn.linear_model import LogisticRegression\n"
        "from sklearn.datasets import load_iris\n"
        "X, y = load_iris(return_X_y=True)\n"
        "model = LogisticRegression(max_iter=500).fit(X, y)\n"
        "with open('model.pkl', 'wb') as f:\n"
        "    pickle.dump(model, f)",
        "with open('model.pkl', 'rb') as f:\n"
        "    loaded = pickle.load(f)\n"
        "print((loaded.predict(X) == model.predict(X)).all())",
    ]),
    ('model_joblib_compressed', 'remedy', [
        "import joblib, os\n"
        "from sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.datasets import load_wine\n"
        "X, y = load_wine(return_X_y=True)\n"
        "os.makedirs('models', exist_ok=True)\n"
        "joblib.dump(RandomForestClassifier(n_estimators=5, random_state=0).fit(X, y), 'models/rf.joblib', compress=3)\n"
        "print(joblib.load('models/rf.joblib').score(X, y) > 0.9)",
    ]),
    ('model_metrics_json', 'remedy', [
        "import json\n"
        "import numpy as np\n"
        "from datetime import datetime\n"
        "class NpEncoder(json.JSONEncoder):\n"
        "    def default(self, o):\n"
        "        if isinstance(o, np.integer): return int(o)\n"
        "        if isinstance(o, np.floating): return float(o)\n"
        "        if isinstance(o, np.ndarray): return o.tolist()\n"
        "        return super().default(o)\n"
        "metrics = {'acc': np.float64(.9), 'n': np.int64(3), 'when': datetime.now().isoformat()}\n"
        "with open('metrics.json', 'w') as f:\n"
        "    json.dump(metrics, f, cls=NpEncoder, indent=2)\n"
        "print(json.load(open('metrics.json'))['acc'])",
    ]),
    ('joblib_memory', 'either', [
        "from joblib import Memory\n"
        "memory = Memory('cachedir', verbose=0)\n"
        "@memory.cache\n"
        "def slow(x):\n"
        "    return x * 2\n"
        "print(slow(2), slow(2))",
    ]),
    ('numpy_files', 'remedy', [
        "import numpy as np\n"
        "a = np.arange(6).reshape(2, 3)\n"
        "np.save('a.npy', a)\n"
        "np.savez_compressed('b.npz', a=a, b=a.T)\n"
        "np.savetxt('c.txt', a, fmt='%d', delimiter=',')\n"
        "a.tofile('d.bin')\n"
        "print(np.load('b.npz')['b'].shape, np.loadtxt('c.txt', delimiter=',').sum(), np.fromfile('d.bin', dtype=a.dtype).size)",
    ]),
    ('numpy_memmap', 'remedy', [
        "import numpy as np\n"
        "m = np.memmap('m.dat', dtype='float32', mode='w+', shape=(10, 10))\n"
        "m[:] = 1\n"
        "m.flush()\n"
        "print(np.memmap('m.dat', dtype='float32', mode='r', shape=(10, 10)).sum())",
    ]),
    ('cli_argparse', 'runs', [
        "import argparse\n"
        "parser = argparse.ArgumentParser(description='Summarise a CSV')\n"
        "parser.add_argument('path')\n"
        "parser.add_argument('--column', default='salary')\n"
        "parser.add_argument('-v', '--verbose', action='store_true')\n"
        "args = parser.parse_args(['data.csv', '--column', 'score', '-v'])\n"
        "import pandas as pd\n"
        "print(args, pd.read_csv(args.path)[args.column].mean())",
    ]),
    ('cli_argv', 'runs', [
        "import sys\n"
        "sys.argv = ['script.py', 'data.csv']\n"
        "def main():\n"
        "    path = sys.argv[1] if len(sys.argv) > 1 else None\n"
        "    with open(path) as f:\n"
        "        print(f.readline().strip())\n"
        "if __name__ == '__main__':\n"
        "    main()",
    ]),
    ('cli_parse_known', 'runs', [
        "import argparse\n"
        "p = argparse.ArgumentParser()\n"
        "p.add_argument('--n', type=int, default=3)\n"
        "args, _ = p.parse_known_args()\n"
        "print(args.n)",
    ]),
    ('cli_getpass_env', 'runs', [
        "import os\n"
        "key = os.environ.get('MY_API_KEY', '')\n"
        "os.environ['MY_SETTING'] = '1'\n"
        "os.environ.setdefault('TOKENIZERS_PARALLELISM', 'false')\n"
        "print(os.getenv('MY_SETTING'), bool(key))",
    ]),
    ('log_basic_file', 'remedy', [
        "import logging\n"
        "logging.basicConfig(filename='run.log', level=logging.INFO, format='%(levelname)s %(message)s', force=True)\n"
        "logging.info('started')\n"
        "logging.shutdown()\n"
        "print(open('run.log').read())",
    ]),
    ('log_rotating', 'remedy', [
        "import logging\n"
        "from logging.handlers import RotatingFileHandler\n"
        "logger = logging.getLogger('rotating')\n"
        "logger.setLevel(logging.DEBUG)\n"
        "handler = RotatingFileHandler('rot.log', maxBytes=200, backupCount=2)\n"
        "handler.setFormatter(logging.Formatter('%(asctime)s %(message)s'))\n"
        "logger.addHandler(handler)\n"
        "for i in range(20):\n"
        "    logger.debug('message %d', i)\n"
        "handler.close()\n"
        "import glob\n"
        "print(len(glob.glob('rot.log*')))",
    ]),
    ('log_dictconfig', 'runs', [
        "import logging.config\n"
        "logging.config.dictConfig({'version': 1, 'formatters': {'s': {'format': '%(message)s'}},\n"
        "    'handlers': {'console': {'class': 'logging.StreamHandler', 'formatter': 's'}},\n"
        "    'root': {'level': 'INFO', 'handlers': ['console']}})\n"
        "logging.getLogger(__name__).info('hello')",
    ]),
    ('env_file', 'remedy', [
        "from pathlib import Path\n"
        "Path('.env.example').write_text('KEY=value\\n# comment\\nOTHER=2\\n')\n"
        "import os\n"
        "for line in Path('.env.example').read_text().splitlines():\n"
        "    line = line.strip()\n"
        "    if line and not line.startswith('#'):\n"
        "        key, _, value = line.partition('=')\n"
        "        os.environ.setdefault(key, value)\n"
        "print(os.environ['KEY'], os.environ['OTHER'])",
    ]),
    ('pip_subprocess', 'remedy', [
        "import subprocess, sys\n"
        "r = subprocess.run([sys.executable, '-m', 'pip', '--version'], capture_output=True, text=True)\n"
        "print(r.returncode, r.stdout[:3])",
    ]),
    ('pip_try_import', 'runs', [
        "try:\n"
        "    import numpy as np\n"
        "except ImportError:\n"
        "    import subprocess, sys\n"
        "    subprocess.check_call([sys.executable, '-m', 'pip', 'install', '-q', 'numpy'])\n"
        "    import numpy as np\n"
        "print(np.__name__)",
    ]),
    ('threads_queue', 'runs', [
        "import threading, queue\n"
        "q, results = queue.Queue(), []\n"
        "lock = threading.Lock()\n"
        "def worker():\n"
        "    while (item := q.get()) is not None:\n"
        "        with lock:\n"
        "            results.append(item ** 2)\n"
        "        q.task_done()\n"
        "threads = [threading.Thread(target=worker, daemon=True) for _ in range(3)]\n"
        "for t in threads: t.start()\n"
        "for i in range(10): q.put(i)\n"
        "q.join()\n"
        "for _ in threads: q.put(None)\n"
        "for t in threads: t.join()\n"
        "print(sorted(results))",
    ]),
    ('threads_timer', 'runs', [
        "import threading, time\n"
        "done = threading.Event()\n"
        "t = threading.Timer(0.01, done.set)\n"
        "t.start()\n"
        "print(done.wait(5))\n"
        "local = threading.local(); local.x = 1\n"
        "with threading.Semaphore(2): pass",
    ]),
    ('futures_map', 'runs', [
        "from concurrent.futures import ThreadPoolExecutor, wait\n"
        "def work(x):\n"
        "    if x == 3: raise ValueError('three')\n"
        "    return x * 10\n"
        "with ThreadPoolExecutor(4) as ex:\n"
        "    fs = {ex.submit(work, i): i for i in range(5)}\n"
        "    done, _ = wait(fs)\n"
        "print(sorted((fs[f], f.exception() is None) for f in done))",
    ]),
    ('futures_processes', 'remedy', [
        "from concurrent.futures import ProcessPoolExecutor\n"
        "import math\n"
        "with ProcessPoolExecutor(max_workers=2) as ex:\n"
        "    print(list(ex.map(math.factorial, range(5))))",
    ]),
    ('multiprocessing_cpu', 'runs', [
        "import multiprocessing as mp, os\n"
        "print(mp.cpu_count() == os.cpu_count(), mp.current_process().name)",
    ]),
    ('async_httpx', 'runs', [
        "import asyncio, httpx\n"
        "async def get(client, n):\n"
        "    r = await client.get(f'http://127.0.0.1:PORT/{n}.json')\n"
        "    r.raise_for_status()\n"
        "    return r.json()\n"
        "async with httpx.AsyncClient(timeout=5) as client:\n"
        "    results = await asyncio.gather(*(get(client, n) for n in range(4)))\n"
        "print(len(results))",
    ]),
    ('async_limits', 'runs', [
        "import asyncio\n"
        "sem = asyncio.Semaphore(2)\n"
        "async def job(n):\n"
        "    async with sem:\n"
        "        await asyncio.sleep(0.001)\n"
        "        return n\n"
        "async def main():\n"
        "    tasks = [asyncio.create_task(job(n)) for n in range(5)]\n"
        "    return [await t for t in asyncio.as_completed(tasks)]\n"
        "print(sorted(await main()))\n"
        "try:\n"
        "    await asyncio.wait_for(asyncio.sleep(5), 0.01)\n"
        "except asyncio.TimeoutError:\n"
        "    print('late')",
    ]),
    ('pathlib_cleanup', 'remedy', [
        "from pathlib import Path\n"
        "for p in Path('old').glob('*'):\n"
        "    if p.is_file():\n"
        "        p.unlink()\n"
        "Path('old').rmdir()\n"
        "print(Path('old').exists())",
    ]),
    ('pathlib_rename_all', 'remedy', [
        "from pathlib import Path\n"
        "for p in sorted(Path('old').iterdir()):\n"
        "    p.rename(p.with_name(f'renamed_{p.name}'))\n"
        "print([p.name for p in Path('old').iterdir()])",
    ]),
    ('shutil_archive', 'remedy', [
        "import shutil, os\n"
        "name = shutil.make_archive('backup', 'zip', 'old')\n"
        "print(os.path.basename(name))\n"
        "shutil.unpack_archive('backup.zip', 'restored')\n"
        "print(os.listdir('restored'))",
    ]),
    ('tarfile_gzip', 'remedy', [
        "import tarfile, gzip, shutil\n"
        "with tarfile.open('old.tar.gz', 'w:gz') as tar:\n"
        "    tar.add('old')\n"
        "with tarfile.open('old.tar.gz') as tar:\n"
        "    print(tar.getnames())\n"
        "with open('data.csv', 'rb') as src, gzip.open('data.csv.gz', 'wb') as dst:\n"
        "    shutil.copyfileobj(src, dst)\n"
        "print(gzip.open('data.csv.gz').readline())",
    ]),
    ('shutil_copytree', 'remedy', [
        "import shutil, os\n"
        "shutil.copytree('old', 'copy', dirs_exist_ok=True)\n"
        "shutil.move('copy', 'moved')\n"
        "print(os.listdir('moved'))\n"
        "print(shutil.disk_usage('.').total > 0)",
    ]),
    ('tempfile_uses', 'runs', [
        "import tempfile, os\n"
        "with tempfile.TemporaryDirectory() as d:\n"
        "    p = os.path.join(d, 'x.txt')\n"
        "    with open(p, 'w') as f: f.write('hi')\n"
        "    print(open(p).read())\n"
        "print(os.path.exists(d))\n"
        "with tempfile.NamedTemporaryFile('w+', suffix='.csv') as f:\n"
        "    f.write('a,b\\n1,2\\n'); f.flush()\n"
        "    import pandas as pd\n"
        "    print(pd.read_csv(f.name).shape)\n"
        "fd, name = tempfile.mkstemp()\n"
        "os.close(fd); os.remove(name)",
    ]),
    ('excel_styled', 'remedy', [
        "import pandas as pd\n"
        "df = pd.read_csv('data.csv')\n"
        "with pd.ExcelWriter('report.xlsx', engine='openpyxl') as writer:\n"
        "    df.to_excel(writer, sheet_name='data', index=False)\n"
        "    df.describe().to_excel(writer, sheet_name='stats')\n"
        "    writer.sheets['data'].column_dimensions['A'].width = 20\n"
        "print(pd.read_excel('report.xlsx', sheet_name='stats').shape)",
    ]),
    ('excel_chart', 'remedy', [
        "from openpyxl import Workbook\n"
        "from openpyxl.chart import BarChart, Reference\n"
        "from openpyxl.styles import Font\n"
        "wb = Workbook(); ws = wb.active\n"
        "for row in [('x', 'y'), (1, 2), (2, 4)]: ws.append(row)\n"
        "ws['A1'].font = Font(bold=True)\n"
        "chart = BarChart(); chart.add_data(Reference(ws, min_col=2, min_row=1, max_row=3), titles_from_data=True)\n"
        "ws.add_chart(chart, 'D2')\n"
        "wb.save('chart.xlsx')",
    ]),
    ('image_edit', 'remedy', [
        "from PIL import Image, ImageDraw, ImageFilter\n"
        "im = Image.new('RGB', (60, 40), 'white')\n"
        "ImageDraw.Draw(im).text((5, 5), 'hi', fill='black')\n"
        "im.filter(ImageFilter.BLUR).resize((30, 20)).save('small.png')\n"
        "im.save('big.jpg', quality=80)\n"
        "print(Image.open('small.png').size)",
    ]),
    ('config_files', 'remedy', [
        "import configparser, json\n"
        "c = configparser.ConfigParser()\n"
        "c['main'] = {'a': '1'}\n"
        "with open('settings.ini', 'w') as f: c.write(f)\n"
        "c2 = configparser.ConfigParser(); c2.read('settings.ini')\n"
        "import yaml\n"
        "with open('config.yaml', 'w') as f: yaml.safe_dump({'a': [1, 2]}, f)\n"
        "print(c2['main']['a'], yaml.safe_load(open('config.yaml')))",
    ]),
    ('jsonl_stream', 'remedy', [
        "import json\n"
        "with open('rows.jsonl', 'w') as f:\n"
        "    for i in range(3): f.write(json.dumps({'i': i}) + '\\n')\n"
        "import pandas as pd\n"
        "print(pd.read_json('rows.jsonl', lines=True).i.tolist())",
    ]),
    ('xml_write', 'remedy', [
        "import xml.etree.ElementTree as ET\n"
        "root = ET.Element('items')\n"
        "ET.SubElement(root, 'item', id='1').text = 'a'\n"
        "ET.ElementTree(root).write('items.xml', encoding='utf-8', xml_declaration=True)\n"
        "print(ET.parse('items.xml').getroot()[0].attrib)",
    ]),
    ('mail_build', 'runs', [
        "from email.message import EmailMessage\n"
        "m = EmailMessage()\n"
        "m['Subject'] = 'Report'; m['From'] = 'a@example.org'; m['To'] = 'b@example.org'\n"
        "m.set_content('hi')\n"
        "m.add_attachment(open('data.csv', 'rb').read(), maintype='text', subtype='csv', filename='data.csv')\n"
        "print(m.as_string()[:7])",
    ]),
    ('checkpoint_resume', 'remedy', [
        "import json, os\n"
        "STATE = 'state.json'\n"
        "state = json.load(open(STATE)) if os.path.exists(STATE) else {'done': []}\n"
        "for i in range(3):\n"
        "    if i in state['done']: continue\n"
        "    state['done'].append(i)\n"
        "    tmp = STATE + '.tmp'\n"
        "    with open(tmp, 'w') as f: json.dump(state, f)\n"
        "    os.replace(tmp, STATE)\n"
        "print(json.load(open(STATE)))",
    ]),
    ('working_directory', 'remedy', [
        "import os\n"
        "os.makedirs('work/sub', exist_ok=True)\n"
        "here = os.getcwd()\n"
        "os.chdir('work')\n"
        "open('sub/a.txt', 'w').write('x')\n"
        "os.chdir(here)\n"
        "print(os.path.exists('work/sub/a.txt'))",
    ]),
    ('write_script_and_run', 'remedy', [
        "from pathlib import Path\n"
        "import subprocess, sys\n"
        "Path('hello.py').write_text('print(\"hello from script\")\\n')\n"
        "out = subprocess.run([sys.executable, 'hello.py'], capture_output=True, text=True)\n"
        "print(out.stdout)",
    ]),
    ('simple_cache', 'runs', [
        "from functools import lru_cache, cached_property, singledispatch\n"
        "import hashlib, uuid, secrets, random\n"
        "@lru_cache(maxsize=None)\n"
        "def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)\n"
        "random.seed(0)\n"
        "print(fib(30), hashlib.sha256(b'x').hexdigest()[:4], len(str(uuid.uuid4())), len(secrets.token_hex(4)))",
    ]),
    ('progress_rich', 'runs', [
        "from rich.console import Console\n"
        "from rich.table import Table\n"
        "t = Table('a', 'b'); t.add_row('1', '2')\n"
        "Console().print(t)\n"
        "from tqdm.auto import tqdm\n"
        "print(sum(i for i in tqdm(range(5), disable=True)))",
    ]),
    ('timeseries', 'runs', [
        "import pandas as pd, numpy as np\n"
        "idx = pd.date_range('2024-01-01', periods=48, freq='h')\n"
        "s = pd.Series(np.sin(np.arange(48)), index=idx)\n"
        "print(s.resample('D').mean().round(2).tolist(), s.rolling(3).mean().notna().sum())\n"
        "ax = s.plot(); ax.set_title('hourly')",
    ]),
]
