# %% numpy_docs [numpy]
import numpy as np
a = np.arange(15).reshape(3, 5); b = np.array([[1., 2.], [3., 4.]])
a[0, 1] = 99; a[1] += 10; a[a > 50] = 0; a[:, 2] *= 2; a[::2] -= 1
print(a, a.shape, a.ndim, a.dtype.name, a.sum(axis=0), a.cumsum()[-1], a.T.shape, b @ b, b * b, b.dot(b), np.linalg.inv(b), np.linalg.eig(b)[0].shape, np.exp(b)[0, 0], np.where(a > 5, 1, 0).sum())
print(np.linspace(0, 1, 5), np.zeros((2, 2)), np.concatenate([b, b]), np.vstack([b, b]).shape, np.einsum("ij,jk->ik", b, b), np.random.default_rng(0).random(2), np.mean(b), b.std(), np.sort([3, 1]), np.argmax(b), np.unique([1, 1, 2], return_counts=True), np.apply_along_axis(lambda r: r.sum(), 0, b), np.vectorize(lambda x: x + 1)(b), np.fromfunction(lambda i, j: i + j, (2, 2)))
s = np.array([(1, 2.0)], dtype=[("x", int), ("y", float)]); s["x"] += 1; s["y"][0] = 5; m = np.ma.array([1, 2], mask=[0, 1]); p = np.poly1d([1, 2]); v = a.view(); v.shape = (5, 3); it = [x for x in np.nditer(b)]
class My(np.ndarray): pass
np.add.at(b, (0, 0), 5); np.copyto(b, 1, where=b > 3); b.fill(2); b.flat[0] = 7; b.sort(axis=0)
s, m.sum(), p(2), v[0, 0], len(it), b.view(My).__class__.__name__, np.fft.fft([1, 0]).real, np.add.reduce([1, 2]), np.datetime64("2024-01-01") + 1, np.float32(1.5) * 2, np.testing.assert_allclose([1], [1]), b.tolist()
# %% numpy_files [numpy]
import numpy as np, os
a = np.arange(4.); np.save("a.npy", a); np.savez("b.npz", x=a); np.savez_compressed("c.npz", x=a); np.savetxt("d.txt", a); a.tofile("e.bin"); a.dump("f.pkl")
with open("g.npy", "wb") as f: np.save(f, a)
m = np.memmap("h.dat", dtype="float32", mode="w+", shape=(2,)); m[:] = 3; m.flush()
np.load("a.npy"), np.load("b.npz")["x"], np.loadtxt("d.txt"), np.fromfile("e.bin"), np.genfromtxt("../data/table.csv", delimiter=",", names=True, dtype=None, encoding="utf-8")["qty"], sorted(os.listdir("."))
# %% pandas_docs [pandas]
import pandas as pd, numpy as np
df = pd.DataFrame({"A": [1, 2, 3, 4], "B": list("abab"), "C": [1.5, None, 3.0, 4.0]}, index=list("wxyz"))
df["D"] = df["A"] * 2; df.loc["w", "C"] = 9; df.iloc[0, 0] += 10; df.at["x", "A"] = 7; df.columns = ["A", "B", "C", "D"]; df.index.name = "i"
del df["D"]
df.attrs["note"] = 1
print(df, df.head(2), df.describe(), df.dtypes, df.groupby("B")["A"].sum(), df.groupby("B").agg({"A": "mean", "C": ["min", "max"]}), df.fillna(0), df.sort_values("A"), df[df.A > 3])
print(df.apply(lambda r: r["A"] + 1, axis=1), df["B"].map({"a": "x"}), df["B"].str.upper(), df.merge(df, on="B").shape, pd.concat([df, df]).shape, df.pivot_table(index="B", values="A"), df.T.shape, df.assign(E=lambda d: d.A * 3), df.rename(columns={"A": "aa"}).columns.tolist(), pd.melt(df, id_vars="B").shape, pd.get_dummies(df.B).shape)
s = pd.Series([1, 2, 3], name="s"); s[0] = 5; ts = pd.date_range("2024-01-01", periods=3, freq="D"); t = pd.Series(range(3), index=ts)
print(s.rolling(2).mean(), t.resample("2D").sum(), ts.day_name(), pd.to_datetime("2024-05-01"), pd.Timestamp("2024-01-01") + pd.Timedelta("1 day"), pd.cut([1, 5], 2).codes, s.value_counts(), df.groupby("B").apply(lambda g: g.A.sum(), include_groups=False), [r.A for r in df.itertuples()], [i for i, r in df.iterrows()], s.to_list(), pd.Categorical(["a"]).categories)
df.A = [1, 2, 3, 4]
df.to_dict("records")[0], df.to_json(), df.to_csv(), df.to_html()[:6], s.agg(["sum", "max"]).tolist(), df.isna().sum().sum(), df.style is not None
# %% pandas_files [pandas]
import pandas as pd, os, io
df = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
df.to_csv("a.csv", index=False); df.to_json("a.json"); df.to_pickle("a.pkl"); df.to_html("a.html"); df.to_csv("a.csv.gz"); df.to_string("a.txt")
with open("b.csv", "w") as f: df.to_csv(f)
import sqlite3; c = sqlite3.connect(":memory:"); df.to_sql("t", c, index=False)
pd.read_csv("a.csv"), pd.read_json("a.json"), pd.read_pickle("a.pkl"), pd.read_sql("select * from t", c), pd.read_csv("../data/table.csv").price.sum(), pd.read_csv(io.StringIO("x,y\n1,2")).y[0], pd.read_csv("a.csv.gz").shape, sorted(os.listdir("."))
# %% matplotlib_docs [matplotlib]
import matplotlib; matplotlib.use("Agg")
import matplotlib.pyplot as plt, numpy as np
fig, ax = plt.subplots(2, 2, figsize=(4, 3)); x = np.linspace(0, 1, 20)
ax[0, 0].plot(x, x ** 2, "r--", label="sq"); ax[0, 0].legend(); ax[0, 0].set_xlabel("x"); ax[0, 0].set(title="t"); ax[0, 1].scatter(x, x, c=x); ax[1, 0].hist(x, bins=5); ax[1, 1].bar(["a", "b"], [1, 2]); ax[1, 1].annotate("hi", (0, 1))
fig.suptitle("S"); fig.tight_layout(); fig.savefig("fig.png"); fig.savefig("fig.svg"); plt.rcParams["lines.linewidth"] = 2
import io; b = io.BytesIO(); plt.savefig(b, format="png"); plt.figure(); plt.plot([1, 2]); plt.title("T"); plt.grid(True); plt.savefig("two.pdf"); plt.close("all")
import os; sorted(os.listdir(".")), b.getvalue()[:4], len(ax[0, 0].lines), ax[0, 0].get_title()
# %% pandas_plot [pandas,matplotlib]
import matplotlib; matplotlib.use("Agg")
import pandas as pd
ax = pd.DataFrame({"a": [1, 2]}).plot(title="p"); ax.figure.savefig("p.png")
import os; os.listdir("."), ax.get_title()
# %% set_on_numpy_instances [numpy]
import numpy as np
p = np.poly1d([1, 2, 3]); p[0] = 5; print(p.coeffs)
v = np.vectorize(lambda x: x + 1); v.otypes = "d"; print(v([1, 2]))
q = np.polynomial.Polynomial([1, 2]); q.domain = np.array([0, 1]); print(q.domain)
a = np.zeros(2, dtype=[("a", int), ("b", float)]); a.dtype.names = ("x", "y"); print(a)
# %% set_on_figures [matplotlib]
import matplotlib; matplotlib.use("agg")
import matplotlib.pyplot as plt
from matplotlib.colors import Normalize
from matplotlib.ticker import MultipleLocator
n = Normalize(0, 1); n.vmin = -1
fig, ax = plt.subplots()
bar = fig.colorbar(ax.imshow([[0, 1], [1, 0]], norm=n)); bar.locator = MultipleLocator(1); bar.update_ticks()
n.vmin, n.vmax
# %% set_pixels [PIL]
from PIL import Image, ImageDraw
im = Image.new("RGB", (4, 4))
pixels = im.load(); pixels[1, 1] = (1, 2, 3); pixels[2, 2] = pixels[1, 1]
d = ImageDraw.Draw(im); d.fontmode = "1"
im.getpixel((2, 2))
# %% set_on_sympy_arrays [sympy]
from sympy import MutableDenseNDimArray, symbols
a = MutableDenseNDimArray([[1, 2], [3, 4]]); a[0, 0] = symbols("x")
a
# %% frozen_distribution [scipy]
import scipy.stats as st
rv = st.norm(0, 1); rv.random_state = 3
rv.rvs(2).round(6)
# %% graph_to_a_file [networkx]
import networkx as nx
g = nx.DiGraph(); g.add_edge(1, 2); nx.write_gml(g, "g.gml")
list(nx.read_gml("g.gml").edges)

# %% symbols_printed [sympy]
import sympy
sympy.init_printing(use_unicode=True)
x = sympy.symbols("x")
sympy.pprint(x ** 2 / 2)
sympy.latex(x ** 2)
# %% sklearn_workers [sklearn]
import warnings; warnings.simplefilter("error"); warnings.filterwarnings("ignore", "Could not find the number of physical cores")
import numpy as np
from joblib import Parallel, delayed, parallel_config
from sklearn.cluster import KMeans
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
X = np.random.RandomState(0).rand(60, 2); y = (X[:, 0] > .5).astype(int)
with parallel_config(backend="multiprocessing"):
    search = GridSearchCV(LogisticRegression(), {"C": [.1, 1]}, n_jobs=2).fit(X, y)
    print(search.best_params_, cross_val_score(LogisticRegression(), X, y, n_jobs=-1).round(3), Parallel(n_jobs=2)(delayed(len)([1] * i) for i in range(4)))
KMeans(2, n_init=1, random_state=0).fit(X).labels_[:3], HistGradientBoostingRegressor(max_iter=2).fit(X, y).predict(X)[:2].round(2)
