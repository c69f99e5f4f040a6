# %% nat_methods [pandas]
import pandas as pd
t = pd.NaT
print(t.isoformat(), pd.isna(t.to_datetime64()), t.strftime("%Y") if False else 0, t.day, t.floor("D"), t.date() if False else 1)
pd.Timestamp("2020-01-01") - pd.NaT, pd.NaT.total_seconds() if False else None, pd.isna(pd.NaT.to_numpy()), pd.NaT.tz_localize("UTC"), pd.NaT.day_name(), pd.NaT.round("h"), pd.NaT.normalize() if hasattr(pd.NaT, "normalize") else 0
# %% pandas_ten_minutes [pandas, openpyxl, pyarrow]
import numpy as np, pandas as pd
s = pd.Series([1, 3, 5, np.nan, 6, 8]); dates = pd.date_range("20130101", periods=6); rng = np.random.default_rng(0)
df = pd.DataFrame(rng.standard_normal((6, 4)), index=dates, columns=list("ABCD"))
df2 = pd.DataFrame({"A": 1.0, "B": pd.Timestamp("20130102"), "C": pd.Series(1, index=list(range(4)), dtype="float32"), "D": np.array([3] * 4, dtype="int32"), "E": pd.Categorical(["test", "train", "test", "train"]), "F": "foo"})
print(df2.dtypes, df.head(2).shape, df.index[0], df.to_numpy().shape, df.describe().loc["mean"].round(3).tolist(), df.T.shape, df.sort_index(axis=1, ascending=False).columns.tolist(), df.sort_values(by="B").index[0])
df3 = df.copy(); df3["E"] = ["one", "one", "two", "three", "four", "three"]; print(df3[df3["E"].isin(["two", "four"])].shape, df.loc[dates[0], ["A"]].round(2).tolist(), df.iloc[3:5, 0:2].shape, df.at[dates[0], "A"] == df.iat[0, 0], df[df["A"] > 0].shape, df["20130102":"20130104"].shape)
df["F"] = pd.Series([1, 2, 3, 4, 5, 6], index=pd.date_range("20130102", periods=6)); df.at[dates[0], "A"] = 0; df.iat[0, 1] = 0; df.loc[:, "D"] = np.array([5] * len(df)); df[df > 0] = -df
df1 = df.reindex(index=dates[0:4], columns=list(df.columns) + ["E"]); df1.loc[dates[0]:dates[1], "E"] = 1; print(df1.dropna(how="any").shape, df1.fillna(value=5).isna().sum().sum(), df.mean(axis=1).shape, df.sub(s.shift(2), axis="index").shape, df.agg(lambda x: np.mean(x) * 5.6).shape, df.transform(lambda x: x * 101.2).shape, s.value_counts().shape, pd.Series(["A", "Aaba", np.nan]).str.lower().tolist()[:2])
pieces = [df[:3], df[3:]]; left = pd.DataFrame({"key": ["foo", "bar"], "l": [1, 2]}); right = pd.DataFrame({"key": ["foo", "foo"], "r": [4, 5]}); print(pd.concat(pieces).shape, pd.merge(left, right, on="key", how="outer", indicator=True)["_merge"].tolist())
g = pd.DataFrame({"A": list("aab"), "B": list("xyx"), "C": [1, 2, 3.]}); print(g.groupby(["A", "B"]).sum(), g.groupby("A")[["C"]].apply(lambda d: d.max()).C.tolist(), g.pivot_table(values="C", index="A", columns="B", aggfunc="sum").shape, g.groupby("A").agg(m=("C", "mean"), n=("C", lambda x: len(x))).values.tolist(), g.groupby("A").C.transform("sum").tolist(), [n for n, _ in g.groupby("A")], g.groupby("A").filter(lambda d: len(d) > 1).shape)
mi = pd.MultiIndex.from_arrays([["bar", "bar", "baz"], ["one", "two", "one"]], names=["f", "s"]); m = pd.DataFrame(np.ones((3, 2)), index=mi, columns=["A", "B"]); st = m.stack(); print(st.unstack().shape, m.xs("one", level="s").shape, m.loc[("bar", "one")].tolist())
ts = pd.Series(range(100), index=pd.date_range("1/1/2012", periods=100, freq="s")); print(ts.resample("1min").sum().tolist(), ts.tz_localize("UTC").tz_convert("US/Eastern").index[0], (pd.Timestamp("2020") + pd.offsets.BusinessDay(5)), pd.period_range("1990Q1", periods=2, freq="Q-NOV").asfreq("M", "e")[0])
c = pd.DataFrame({"id": [1, 2, 3], "raw": ["a", "b", "e"]}); c["grade"] = c["raw"].astype("category"); c["grade"] = c["grade"].cat.rename_categories(["good", "ok", "bad"]); print(c.sort_values("grade").id.tolist(), c.groupby("grade", observed=False).size().tolist())
df.to_csv("foo.csv"); r = pd.read_csv("foo.csv", index_col=0, parse_dates=True); df.to_parquet("foo.parquet"); df.to_excel("foo.xlsx", sheet_name="S"); pd.read_excel("foo.xlsx", "S", index_col=None, na_values=["NA"]).shape, r.shape, pd.read_parquet("foo.parquet").shape
# %% pandas_groupby_callbacks [pandas]
import pandas as pd, numpy as np
df = pd.DataFrame({"k": list("aabb"), "v": [1, 2, 3, 4], "d": pd.date_range("2024-01-01", periods=4, freq="D")})
class Roll:
    def __init__(self, n): self.n = n
    def __call__(self, s): return s.tail(self.n).sum()
print(df.groupby("k").v.agg([("last2", Roll(2)), "mean", np.max if False else "max"]), df.groupby("k").apply(lambda g: pd.Series({"n": len(g), "s": g.v.sum()}), include_groups=False), df.set_index("d").resample("2D").v.agg(["sum", "count"]), df.groupby(pd.Grouper(key="d", freq="2D")).v.sum().tolist(), df.pivot_table(index="k", values="v", aggfunc=lambda s: s.max() - s.min()), df.v.rolling(2).apply(lambda w: w.prod(), raw=True).tolist()[1:], df.apply({"v": ["sum", "min"]}), df.assign(c=lambda x: x.v.cumsum()).query("c > @lim", local_dict={"lim": 2}).shape)
lim = 3; print(df.query("v >= @lim").v.tolist(), df.eval("w = v * @lim").w.tolist(), df.v.map({1: "x"}).isna().sum(), df.k.replace({"a": "z"}).tolist(), df.style.format(precision=1).set_caption("c").to_html()[:6], df.to_records(index=False)[0].v, df.set_index(["k", "v"]).sort_index().loc["a"].shape, df.stack(future_stack=True).size if False else 0, pd.concat({"x": df, "y": df}, names=["src"]).index.names, df.merge(df, how="cross").shape, df.isin([1]).any().tolist(), df.clip(upper=2) if False else 0, df.interpolate() if False else 0, df.dtypes.astype(str).tolist(), df.v.plot is not None)
df["v"] = df["v"].astype("float"); df.loc[len(df)] = ["c", 9.0, pd.Timestamp("2024-02-01")]; df.drop(index=0, inplace=True); df.rename(columns={"v": "val"}, inplace=True); df.columns = [c.upper() for c in df.columns]; df.insert(0, "ID", range(len(df))); del df["D"]; x = df.pop("K"); df.VAL += 1; df.iloc[0, 0] = 99; df
# %% pandas_io_formats [pandas, openpyxl, lxml, pyarrow]
import pandas as pd, io, json
df = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
for w, r in (("to_csv", pd.read_csv), ("to_json", pd.read_json), ("to_pickle", pd.read_pickle), ("to_xml", pd.read_xml), ("to_stata", pd.read_stata), ("to_feather", pd.read_feather), ("to_orc", None)):
    try: getattr(df, w)("f." + w); print(w, r and r("f." + w).shape)
    except ImportError as e: print(w, "no")
buf = io.StringIO(); df.to_csv(buf, index=False, sep=";"); buf.seek(0); print(pd.read_csv(buf, sep=";", dtype={"a": "int8"}, converters={"b": str.upper}, usecols=["a", "b"], nrows=1).to_dict())
with pd.ExcelWriter("m.xlsx") as w: df.to_excel(w, sheet_name="A"); df.to_excel(w, sheet_name="B", startrow=2)
print(list(pd.read_excel("m.xlsx", sheet_name=None)), pd.ExcelFile("m.xlsx").sheet_names, df.to_html(index=False)[:6], df.to_latex()[:5] if False else "", df.to_dict("list"), df.to_json(orient="records", lines=True), [c.shape for c in pd.read_csv("f.to_csv", chunksize=1)])
import sqlite3
c = sqlite3.connect(":memory:"); df.to_sql("t", c, index=False); pd.read_sql_query("select sum(a) s from t", c).s[0], pd.read_sql("select * from t where a > ?", c, params=(1,)).shape
# %% excel_writers [pandas, openpyxl]
import pandas as pd, openpyxl, io
a, b = pd.DataFrame({"x": [1]}), pd.DataFrame({"y": [2, 3]})
with pd.ExcelWriter("two.xlsx", engine="openpyxl") as w:
    a.to_excel(w, sheet_name="A", index=False); b.to_excel(w, sheet_name="B"); w.sheets["A"].column_dimensions["A"].width = 20
with pd.ExcelWriter("two.xlsx", mode="a", engine="openpyxl", if_sheet_exists="replace") as w: a.to_excel(w, sheet_name="C")
buf = io.BytesIO()
with pd.ExcelWriter(buf) as w: b.to_excel(w)
wb = openpyxl.load_workbook("two.xlsx"); wo = openpyxl.Workbook(write_only=True); ws = wo.create_sheet(); ws.append([1]); wo.save("wo.xlsx")
wb.sheetnames, len(buf.getvalue()) > 100, pd.read_excel("two.xlsx", sheet_name="B", index_col=0).y.tolist(), {k: v.shape for k, v in pd.read_excel("two.xlsx", sheet_name=None).items()}
# %% polars_files [polars]
import polars as pl, io
df = pl.DataFrame({"a": [1, 2, 3], "b": ["x", "y", None]})
df.write_ipc("f.ipc"); df.write_ndjson("f.ndjson"); df.lazy().sink_parquet("s.parquet"); df.lazy().filter(pl.col("a") > 1).sink_csv("s.csv"); df.write_excel("x.xlsx") if False else 0
b = io.BytesIO(); df.write_parquet(b); b.seek(0)
pl.scan_parquet("s.parquet").select(pl.len()).collect().item(), pl.read_csv("s.csv").height, pl.read_ipc("f.ipc", memory_map=False).height, pl.read_ndjson("f.ndjson").width, pl.read_parquet(b).height, df.write_csv(), df.write_json(), pl.read_csv(io.StringIO("q,r\n1,2")).columns, pl.scan_ndjson("f.ndjson").collect().height, pl.read_csv("*.csv").height, pl.concat([pl.scan_csv("s.csv"), pl.scan_csv("s.csv")]).collect().height
# %% numpy_text_files [numpy]
import numpy as np, io, gzip
a = np.arange(6).reshape(2, 3); np.savetxt("a.csv", a, delimiter=",", header="x,y,z", fmt="%d"); np.savetxt("a.gz", a); np.savez_compressed("z.npz", a=a); f = io.BytesIO(); np.save(f, a); f.seek(0); a.tofile("a.txt", sep=" "); open("m.npy", "wb").close(); mm = np.lib.format.open_memmap("m.npy", "w+", "i4", (3,)); mm[:] = 5; mm.flush(); a.dump("a.pkl")
np.loadtxt("a.csv", delimiter=",", skiprows=1).sum(), np.loadtxt("a.gz").shape, np.load("z.npz")["a"].shape, np.load(f).shape, np.fromfile("a.txt", sep=" ").size, np.load("m.npy", mmap_mode="r").sum(), np.genfromtxt("a.csv", delimiter=",", names=True)["x"].tolist(), np.load("a.pkl", allow_pickle=True).shape, open("a.csv").readline()
# %% networkx_yaml_pil_files [networkx, yaml, PIL]
import networkx as nx, yaml, io, json
from PIL import Image
G = nx.path_graph(3); nx.write_adjlist(G, "a.txt"); nx.write_graph6 if False else 0; nx.write_gexf(G, "g.gexf"); nx.write_pajek(G, "p.net"); nx.write_weighted_edgelist(G, "w.txt"); nx.nx_pydot if False else 0; json.dump(nx.node_link_data(G), open("g.json", "w"))
with open("c.yaml", "w") as f: yaml.safe_dump({"a": [1]}, f)
with open("c.yaml") as f: d = yaml.safe_load(f)
im = Image.linear_gradient("L").resize((8, 8)); [im.save(f"i.{e}") for e in ("png", "bmp", "gif", "webp", "tiff", "ppm", "ico")]; im.convert("RGB").save(open("j.jpg", "wb"), format="JPEG"); im.save(io.BytesIO(), "PDF")
nx.read_adjlist("a.txt").size(), nx.read_gexf("g.gexf").order(), d, [Image.open(f"i.{e}").size for e in ("png", "bmp", "gif", "webp", "tiff", "ppm")], Image.open("j.jpg").mode, nx.node_link_graph(json.load(open("g.json"))).size()
# %% matplotlib_files [matplotlib]
import matplotlib.pyplot as plt, matplotlib.animation as an, io, os
from matplotlib.backends.backend_pdf import PdfPages; from matplotlib.backends.backend_agg import FigureCanvasAgg; from matplotlib.figure import Figure
fig, ax = plt.subplots(); ax.plot([1, 2]); [fig.savefig(f"f.{e}") for e in ("png", "pdf", "svg", "jpg", "eps")]; fig.savefig(io.BytesIO(), format="png"); fig.savefig(open("o.png", "wb"))
ani = an.ArtistAnimation(fig, [[ax.plot([1, i])[0]] for i in range(2)]); ani.save("a.gif", writer="pillow"); an.FuncAnimation(fig, lambda i: ax.plot([i]), frames=2).save("b.gif", writer=an.PillowWriter(fps=2)); w = an.PillowWriter(fps=5)
with w.saving(fig, "c.gif", 50): w.grab_frame(); w.grab_frame()
F = Figure(); FigureCanvasAgg(F); F.subplots().plot([1]); F.canvas.print_png("cv.png"); F.savefig("F.png"); sorted(os.listdir("."))
# %% numpy_simulations [numpy]
import numpy as np
rng = np.random.default_rng(7)
walk = rng.choice([-1, 1], size=(100, 50)).cumsum(axis=1); pi = 4 * np.mean(np.hypot(*rng.random((2, 10000))) < 1)
def mandel(h, w, n=10):
    y, x = np.ogrid[-1.4:1.4:h * 1j, -2:.8:w * 1j]; c = x + y * 1j; z = c; t = n + np.zeros(z.shape, dtype=int)
    for i in range(n): z = z ** 2 + c; div = z * np.conj(z) > 4; now = div & (t == n); t[now] = i; z[div] = 2
    return t
class Net:
    def __init__(self, *sizes): self.w = [rng.normal(size=s) * .5 for s in zip(sizes, sizes[1:])]
    def __call__(self, x): self.a = [x]; [self.a.append(1 / (1 + np.exp(-self.a[-1] @ w))) for w in self.w]; return self.a[-1]
    def train(self, x, y, lr=1.0):
        out = self(x); d = (out - y) * out * (1 - out)
        for i in reversed(range(len(self.w))): g = self.a[i].T @ d; d = (d @ self.w[i].T) * self.a[i] * (1 - self.a[i]); self.w[i] -= lr * g
        return float(((out - y) ** 2).mean())
X = np.array([[0, 0, 1], [0, 1, 1], [1, 0, 1], [1, 1, 1]]); Y = np.array([[0], [1], [1], [0]]); net = Net(3, 4, 1); l0 = net.train(X, Y); [net.train(X, Y) for _ in range(200)]
A = np.arange(9.).reshape(3, 3); A[1] += 10; A[:, 0] *= 2; A[A > 15] = 0; np.fill_diagonal(A, 1); np.put(A, [0], 5); A.sort(axis=0); A.itemset if False else 0; v = A.view(); v.shape = 9; m = np.ma.array([1, 2, 3], mask=[0, 1, 0]); m[0] = np.ma.masked; s = np.zeros(2, dtype=[("x", "f4"), ("y", "i2")]); s["x"] = 1; s[0] = (3, 4)
walk.shape, abs(pi - 3.14) < .1, mandel(5, 5).max(), net.train(X, Y) < l0, A.sum(), m.count(), s.tolist(), np.busday_count("2024-01-01", "2024-01-10"), np.random.default_rng(1).spawn(1)[0].random() > 0, np.apply_over_axes(np.sum, A, [0]).shape, np.piecewise(np.array([1., 5]), [np.array([True, False])], [lambda x: x * 2, 0]), np.select([A > 1], [A], 0).shape, np.testing.assert_allclose([1], [1])
# %% sqlalchemy_orm [sqlalchemy]
from typing import List, Optional
from sqlalchemy import ForeignKey, String, create_engine, select, func, text, event, Table, Column, Integer, MetaData, insert, and_, or_, desc, case, literal, UniqueConstraint, Index, inspect, update, delete, exists
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, Session, sessionmaker, aliased, selectinload, validates, column_property, declared_attr, joinedload, registry
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.ext.associationproxy import association_proxy
from sqlalchemy.types import TypeDecorator
class Base(DeclarativeBase): pass
class Stamp:
    @declared_attr.directive
    def __tablename__(cls): return cls.__name__.lower()
    id: Mapped[int] = mapped_column(primary_key=True)
class Up(TypeDecorator):
    impl = String; cache_ok = True
    def process_bind_param(self, v, d): return v and v.upper()
class User(Stamp, Base):
    name: Mapped[str] = mapped_column(Up(30)); fullname: Mapped[Optional[str]]
    addresses: Mapped[List["Address"]] = relationship(back_populates="user", cascade="all, delete-orphan")
    emails = association_proxy("addresses", "email", creator=lambda e: Address(email=e))
    @hybrid_property
    def length(self): return len(self.name)
    @length.inplace.expression
    @classmethod
    def _len(cls): return func.length(cls.name)
    @validates("fullname")
    def check(self, key, v): assert v != "bad"; return v
    def __repr__(self): return f"User({self.name!r})"
class Address(Stamp, Base):
    email: Mapped[str]; user_id: Mapped[int] = mapped_column(ForeignKey("user.id")); user: Mapped["User"] = relationship(back_populates="addresses")
e = create_engine("sqlite://", echo=False); Base.metadata.create_all(e); seen = []
@event.listens_for(User, "before_insert")
def bi(mapper, conn, target): seen.append(target.name)
@event.listens_for(e, "before_cursor_execute")
def bce(conn, cur, st, *a): seen.append(st.split()[0])
with Session(e) as s:
    u = User(name="spongebob", fullname="S", addresses=[Address(email="s@x")]); u.emails.append("t@x"); s.add_all([u, User(name="pat")]); s.commit()
    print(s.scalars(select(User).where(User.name.in_(["SPONGEBOB"]))).one(), s.scalars(select(Address).join(Address.user).where(User.name == "SPONGEBOB").order_by(desc(Address.email))).first().email, s.execute(select(User.name, func.count(Address.id)).join(Address, isouter=True).group_by(User.name)).all(), s.get(User, 1).addresses[0].email, s.scalars(select(User).filter(User.length > 4)).all(), s.query(User).filter_by(name="PAT").count())
    u.fullname = "new"; print(s.dirty, s.is_modified(u)); s.flush(); s.rollback(); print(u.fullname); s.delete(s.get(User, 2)); s.commit(); al = aliased(User); print(s.scalar(select(func.count()).select_from(al)), s.scalars(select(User).options(selectinload(User.addresses))).unique().all()[0].addresses[1].email); s.execute(update(User).values(fullname="q")); s.execute(delete(Address).where(Address.email == "t@x"))
    try: User(fullname="bad")
    except AssertionError: print("invalid")
m = MetaData(); t = Table("t", m, Column("a", Integer, primary_key=True), Column("b", String)); m.create_all(e)
with e.begin() as c: c.execute(insert(t), [{"b": "x"}, {"b": "y"}]); print(c.execute(text("select * from t where a > :n"), {"n": 1}).mappings().all(), c.execute(select(t.c.b, case((t.c.a > 1, "hi"), else_="lo"))).fetchall(), c.execute(t.select()).keys())
S = sessionmaker(e)
with S.begin() as s: s.add(User(name="z"))
import pandas as pd
seen[:3], str(select(User.id).where(or_(User.id > 1, and_(User.id < 5)))), inspect(e).get_table_names(), inspect(User).columns.keys(), pd.read_sql("select * from t", e).shape, pd.DataFrame({"q": [1]}).to_sql("pq", e, index=False), e.dialect.name
# %% pydantic_docs [pydantic]
from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator, computed_field, ConfigDict, EmailStr, TypeAdapter, RootModel, field_serializer, PrivateAttr, create_model, validate_call, AfterValidator, BeforeValidator, conint, SecretStr, HttpUrl, PositiveInt, Discriminator, Tag
from pydantic.dataclasses import dataclass as pdc
from pydantic.alias_generators import to_camel
from typing import Annotated, Literal, Union, Generic, TypeVar, Optional
from datetime import datetime, date
from decimal import Decimal
from enum import Enum
import json
class Kind(str, Enum): A = "a"; B = "b"
class Addr(BaseModel): city: str; zip: Annotated[str, Field(pattern=r"^\d{3}$")] = "000"
class User(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, validate_assignment=True, extra="forbid", str_strip_whitespace=True)
    id: int; user_name: str = Field("x", min_length=1, max_length=10, description="n"); signup: datetime | None = None; tags: list[PositiveInt] = []; addr: Addr | None = None; kind: Kind = Kind.A; secret: SecretStr = SecretStr("s"); n: Annotated[int, AfterValidator(lambda v: v * 2), BeforeValidator(int)] = 1; _priv: int = PrivateAttr(default_factory=lambda: 5)
    @field_validator("user_name")
    @classmethod
    def nm(cls, v): 
        if " " in v: raise ValueError("no spaces")
        return v.title()
    @model_validator(mode="after")
    def chk(self):
        if self.id == 13: raise ValueError("unlucky")
        return self
    @model_validator(mode="before")
    @classmethod
    def pre(cls, d): return d
    @computed_field
    @property
    def full(self) -> str: return f"{self.user_name}#{self.id}"
    @field_serializer("signup")
    def ser(self, v, _i): return v and v.year
    def model_post_init(self, ctx): self._priv += 1
u = User(id="3", userName=" bob ", signup="2020-01-02T03:04", tags=["1"], addr={"city": "x"}, n="4"); print(u, u.model_dump(by_alias=True, exclude={"tags"}), u.model_dump_json(), u._priv, u.model_copy(update={"id": 9}).id, User.model_validate_json('{"id": 5}').id, sorted(User.model_json_schema()["properties"])[:3], User.model_fields["id"].annotation, sorted(u.model_fields_set), u == u.model_copy())
for bad in ({"id": "x", "tags": [-1]}, {"id": 13}, {"id": 1, "zz": 1}, {"id": 1, "addr": {"city": "a", "zip": "ab"}}):
    try: User(**bad)
    except ValidationError as e: print(e.error_count(), [(x["loc"], x["type"]) for x in e.errors()])
u.id = "7"
try: u.id = "q"
except ValidationError as e: print(str(e)[:30])
T = TypeVar("T")
class Resp(BaseModel, Generic[T]): data: T
class Cat(BaseModel): t: Literal["cat"]; m: int
class Dog(BaseModel): t: Literal["dog"]; b: float
class Pets(RootModel[list[Union[Cat, Dog]]]): pass
class Owner(BaseModel): pet: Annotated[Cat | Dog, Field(discriminator="t")]
@validate_call
def f(a: int, b: conint(gt=0) = 1) -> str: return a + b
@pdc
class PD: x: int; y: list[int] = Field(default_factory=list)
Dyn = create_model("Dyn", foo=(str, ...), bar=(int, 5)); class_ = type(Resp[int](data="4").data)
class Node(BaseModel): v: int; kids: "list[Node]" = []
Owner(pet={"t": "dog", "b": 1}).pet, Pets([{"t": "cat", "m": 1}]).root, f("1", b="2"), PD("3"), Dyn(foo="a"), TypeAdapter(list[int]).validate_python(["1"]), TypeAdapter(dict[str, Decimal]).validate_json('{"a": "1.5"}'), Node(v=1, kids=[{"v": 2}]).kids[0].v, class_, HttpUrl("http://a.b/c").host
# %% psutil_info [psutil]
import psutil, os
psutil.cpu_count() > 0, psutil.virtual_memory().total > 0, psutil.Process(os.getpid()).memory_info().rss > 0, psutil.disk_usage("/").total > 0, psutil.Process().name() != "", psutil.cpu_percent(interval=None) >= 0, psutil.boot_time() > 0, psutil.pid_exists(os.getpid())
