"""One ordinary use each of popular libraries, in a fresh kernel with defaults and nobody to answer: each runs unchanged.

`make libraries` runs this in two environments, with the oldest versions that the packs are kept for and with the newest.
SAFEPYRUN_LIBRARIES names the Python of the environment. Not part of `make test`: it installs some gigabytes.
"""
import os
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "protocol"))
from raw_kernel import RawKernel  # noqa: E402

PYTHON = os.environ.get("SAFEPYRUN_LIBRARIES", sys.executable)
FRAME = "import pandas as pd\ndf = pd.DataFrame({'g': [1, 2, 1], 'v': [1.0, 2.0, 3.0]})\n"
# (library, cell, what it prints last)
USES = [
    ("pandas", FRAME + "s = df[df.g == 1]\ns['w'] = 1\nprint(list(s.w))", "[1, 1]"),
    ("pandas", FRAME + "q = df.query('g == 1')\nq['w'] = 2\nh = df.head(2)\nh['w'] = 3\nprint(q.shape, h.shape)", "(2, 3) (2, 3)"),
    ("pandas", FRAME + "s = df[df.g == 1]\ns.rename(columns={'v': 'z'}, inplace=True)\ns.drop(columns='g', inplace=True)\n"
               "print(list(s))", "['z']"),
    ("pandas", "import pandas as pd\nprint(pd.Timestamp('2024-01-01', tz='US/Eastern').tz_convert('Asia/Tokyo'))",
     "2024-01-01 14:00:00+09:00"),
    ("polars", "import numpy as np, polars as pl\nprint(np.log(pl.Series([1.0])).to_list())", "[0.0]"),
    ("sympy", "import sympy as sp\nx = sp.symbols('x')\nprint(sp.lambdify(x, x**2, 'numpy')(3))", "9"),
    ("lxml", "from lxml import etree\nt = etree.fromstring('<a><b>1</b></a>')\nprint(t.find('b').text)", "1"),
    ("plotly", "import plotly.io as pio\npio.templates.default = 'plotly_white'\nprint(pio.templates.default)", "plotly_white"),
    ("numba", "from numba import njit\n@njit\ndef f(n):\n    s = 0\n    for i in range(n): s += i\n    return s\nprint(f(10))", "45"),
    ("numba", "from numba import njit, objmode\n@njit\ndef f(n):\n    with objmode(y='float64'):\n        y = float(len(str(n)))\n    return y\n"
              "print(f(10))", "2.0"),
    ("xgboost", "import numpy as np, xgboost as xgb\nm = xgb.XGBClassifier(n_estimators=3)\n"
                "m.fit(np.random.rand(20, 2), np.array([0, 1] * 10))\nprint(m.predict(np.random.rand(2, 2)).shape)", "(2,)"),
    ("lightgbm", "import lightgbm as lgb, numpy as np\nm = lgb.LGBMRegressor(n_estimators=3, verbose=-1, min_child_samples=1)\n"
                 "m.fit(np.random.rand(20, 2), np.random.rand(20))\nprint(m.predict(np.random.rand(2, 2)).shape)", "(2,)"),
    ("skimage", "from skimage import data, filters\nprint(filters.sobel(data.camera()).shape)", "(512, 512)"),
    ("bokeh", "from bokeh.plotting import figure, show\nfrom bokeh.io import output_notebook\noutput_notebook()\n"
              "p = figure(width=200, height=200)\np.line([1, 2], [3, 4])\np.title.text = 't'\nshow(p)\nprint(p.title.text)", "t"),
    ("folium", "import folium\nm = folium.Map(location=[45, -122], zoom_start=5)\n"
               "folium.Marker([45, -122], popup='x').add_to(m)\nprint(len(m._repr_html_()) > 100)", "True"),
    ("docx", "import docx\nd = docx.Document()\nd.add_heading('T')\nd.add_paragraph('x').add_run('b').bold = True\n"
             "print(len(d.paragraphs))", "2"),
    ("altair", "import altair as alt, pandas as pd\nc = alt.Chart(pd.DataFrame({'a': ['x'], 'b': [1]})).mark_bar().encode(x='a', y='b')\n"
               "c.title = 'u'\nprint(c.title)", "u"),
    ("xarray", "import numpy as np, xarray as xr\nds = xr.Dataset({'t': ('x', np.ones(3))})\nds['u'] = ds.t * 2\nds.attrs['a'] = 1\n"
               "print(float(ds.u.sum()))", "6.0"),
    ("statsmodels", FRAME + "import statsmodels.formula.api as smf\nprint(abs(smf.ols('v ~ g', df).fit().params['g']) < 1e-9)", "True"),
    ("pypdf", "import io, pypdf\nw = pypdf.PdfWriter()\nw.add_blank_page(100, 100)\nb = io.BytesIO()\nw.write(b)\n"
              "print(len(pypdf.PdfReader(b).pages))", "1"),
    ("peewee", "from peewee import *\ndb = SqliteDatabase(':memory:')\nclass U(Model):\n    n = CharField()\n"
               "    class Meta: database = db\ndb.create_tables([U])\nu = U.create(n='a')\nu.n = 'b'\nu.save()\nprint(U.get().n)", "b"),
    ("networkx", "import networkx as nx\nG = nx.karate_club_graph()\nG.nodes[0]['c'] = 1\nprint(nx.shortest_path(G, 0, 33)[-1])", "33"),
    ("openpyxl", "import openpyxl\nws = openpyxl.Workbook().active\nws['A1'] = 1\nws.title = 'S'\nprint(ws.cell(1, 1).value, ws.title)",
     "1 S"),
    ("pydantic", "from pydantic import BaseModel\nclass M(BaseModel):\n    a: int\nm = M(a=1)\nm.a = 5\nprint(m.model_dump())", "{'a': 5}"),
    ("catboost", "from catboost import CatBoostClassifier\nimport numpy as np, os\n"
                 "CatBoostClassifier(iterations=2, verbose=False).fit(np.random.rand(20, 2), [0, 1] * 10)\nprint(os.path.exists('catboost_info'))",
     "False"),
    ("umap", "import numpy as np, umap\nprint(umap.UMAP(n_neighbors=5, n_epochs=5).fit_transform(np.random.rand(40, 3)).shape)", "(40, 2)"),
    ("freezegun", "import datetime, freezegun\nwith freezegun.freeze_time('2024-01-01'): print(datetime.date.today())", "2024-01-01"),
    ("datasets", "from datasets import Dataset\nprint(Dataset.from_dict({'a': [1, 2]}).map(lambda r: {'b': r['a'] + 1})['b'][1])", "3"),
    ("jinja2", "from jinja2 import Environment\ne = Environment()\ne.globals['g'] = 1\nprint(e.from_string('{{ g + 1 }}').render())", "2"),
    ("pony", "from pony.orm import *\ndb = Database()\nclass U(db.Entity):\n    n = Required(str)\n"
             "db.bind(provider='sqlite', filename=':memory:')\ndb.generate_mapping(create_tables=True)\nk = 'a'\n"
             "with db_session:\n    U(n='a')\n    print(select(u.n for u in U if u.n == k)[:])", "['a']"),
    ("trio", "import trio\nasync def m():\n    await trio.sleep(0)\n    return 1\nprint(trio.run(m))", "1"),
    ("icecream", "from icecream import ic\nx = 1\nic(x + 1)\nexec('def f(a): return a + 1')\nprint(f(1))", "2"),
    ("distributed", "from distributed import Client\nc = Client(processes=False, n_workers=1, dashboard_address=None)\n"
                    "print(c.submit(lambda x: x + 1, 3).result())\nc.close()", "4"),
    ("cvxopt", "from cvxopt import matrix, solvers\nsolvers.options['show_progress'] = False\n"
               "print(solvers.lp(matrix([1.]), matrix([-1.]), matrix([-2.]))['status'])", "optimal"),
    ("rustworkx", "import rustworkx as rx\nprint(rx.generators.grid_graph(2, 2).num_nodes())", "4"),
    ("fastjsonschema", "import fastjsonschema\nprint(fastjsonschema.compile({'type': 'number'})(3))", "3"),
]


@pytest.fixture(scope="session")
def version():
    "Of the environment's Python: '3.11'."
    return subprocess.run([PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], capture_output=True, text=True,
                          check=True).stdout.strip()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("library, code, printed", USES, ids=[f"{use[0]}-{i}" for i, use in enumerate(USES)])
def test_runs_unchanged(library, code, printed, version, tmp_path):
    found = subprocess.run([PYTHON, "-c", f"import importlib.util as u; print(bool(u.find_spec({library!r})))"],
                           capture_output=True, text=True, check=True)
    if found.stdout.strip() != "True":
        pytest.skip(f"{library} is not in this environment")
    kernel = RawKernel(tmp_path, "--python", PYTHON, "--python-version", version)
    try:
        kernel.client.wait_for_ready(timeout=60)
        cell = kernel.collect(kernel.client.execute(code, allow_stdin=False), timeout=240)
        assert cell.reply["status"] == "ok", cell.traceback
        assert cell.stream().strip().splitlines()[-1] == printed
    finally:
        kernel.stop()
