"""Completion of columns, keys, accessors and arguments: of libraries' objects, by the libraries themselves."""

import pytest

from test_cells import Kernel
from test_introspection import complete

pytest.importorskip("pandas")
SETUP = '''
import os, collections
import numpy as np, pandas as pd
df = pd.DataFrame({"alpha": [1], "beta gamma": ["x"], "it's": [2], 5: [1]})
df["when"] = pd.to_datetime(["2024-01-01"])
s, t, k = df["when"], df["beta gamma"], "k"
d = {"k": {"in1": 1, "in2": 2}, "k2": 3}
ordered, counted = collections.OrderedDict(a1=1), collections.defaultdict(int, {"b1": 1})
two = pd.DataFrame({("a", "x"): [1], ("a", "y"): [2]})
named = pd.Series({"one": 1, "two": 2})
big = pd.DataFrame(np.zeros((2, 20000)), columns=[f"col{i}" for i in range(20000)])
g = df.groupby("alpha")
fields = np.zeros(2, dtype=[("fx", float), ("fy", float)])
class Box:
    def __init__(self): self.frame = df
    def keys(self): asked.append("keys"); return ["never"]
    def __getitem__(self, key): asked.append(key); return df
    @property
    def loud(self): asked.append("loud"); return df
class Table(pd.DataFrame):
    @property
    def columns(self): asked.append("columns"); return ["never"]
asked = []
box = Box()
def func(width, *, height=3): pass
'''


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("completion")
    (folder / "afile.txt").write_text("")
    kernel = Kernel()
    assert kernel.run(SETUP).reply["status"] == "ok"
    assert kernel.run(f"import os; os.chdir({str(folder)!r})").reply["status"] == "ok"
    yield kernel
    assert kernel.run("asked").plain == "[]"  # nothing above ran a line of the cell's own classes
    kernel.stop()


COLUMNS = ["alpha'", "beta gamma'", "it\\'s'", "when'"]


@pytest.mark.parametrize("code, expected", [
    ("df.agg(x=pd.NamedAgg('", COLUMNS), ("df.groupby(pd.Grouper(key='wh", ["when'"]), ("df['", COLUMNS), ("df['al", COLUMNS[:1]), ('df["it', ['it\'s"']), ("df.loc[:, '", COLUMNS), ("df.loc[:,'wh", ["when'"]),
    ("df.loc[:, ['", COLUMNS), ("df.at[0, '", COLUMNS), ("df[['", COLUMNS), ("df[['alpha', 'w", ["when'"]), ("box.frame['", COLUMNS),
    ("df[df['", COLUMNS), ("df[df.alpha > 1]['", COLUMNS), ("df.head()['", COLUMNS), ("g['", COLUMNS), ("df.groupby('alpha')['", COLUMNS),
    ("df.groupby('", COLUMNS), ("df.sort_values(by=['al", COLUMNS[:1]), ("df.drop(columns=['", COLUMNS), ("pd.merge(df, df, on='", COLUMNS),
    ("x = df.assign(z=df['al", COLUMNS[:1]), ("%%time\ndf['al", COLUMNS[:1]), ("f'{df[\"al", ['alpha"']),
    ("two['", ["a'"]), ("two['a']['", ["x'", "y'"]), ("named['", ["one'", "two'"]), ("named.loc['t", ["two'"]), ("fields['", ["fx'", "fy'"]),
    ("d['", ["k'", "k2'"]), ("d[k]['", ["in1'", "in2'"]), ("d['k']['in", ["in1'", "in2'"]), ("d.get('", ["k'", "k2'"]),
    ("ordered['", ["a1'"]), ("counted['", ["b1'"]), ("big.loc[:, 'col1999", [f"col{n}'" for n in (1999, *range(19990, 20000))]),
])
def test_keys(kernel, code, expected):
    assert complete(kernel, code)["matches"] == expected


def test_of_very_many_the_first(kernel):
    matches = complete(kernel, "big['")["matches"]
    assert len(matches) == 500 and all(match.startswith("col") for match in matches)


@pytest.mark.parametrize("code", ["box['", "box['x']['", "box.loud['", "df.absent['", "named.loc[1, '", "df['nothing"])
def test_nobody_is_asked_who_may_not_be(kernel, code):
    assert complete(kernel, code)["matches"] == []


def test_a_cells_own_kind_of_table_is_not_asked_for_properties(kernel):
    kernel.run("own = Table({'a': [1]}); asked.clear()")
    assert complete(kernel, "own.columns.")["matches"] == []
    kernel.run("del own; asked.clear()")


@pytest.mark.parametrize("code, expected", [
    ("s.dt.da", "day_name"), ("t.str.", "upper"), ("df['when'].dt.ye", "year"), ("df.plot.", "hist"), ("df.alpha.me", "mean"),
    ("df['alpha'].un", "unique"), ("df.describe().he", "head"), ("df.loc.", "obj"), ("fields.dtype.na", "names"),
])
def test_accessors_and_results(kernel, code, expected):
    assert expected in complete(kernel, code)["matches"]


def test_columns_in_polars_expressions(kernel):
    pytest.importorskip("polars")
    kernel.run("import polars as pl\npf = pl.DataFrame({'pa': [1], 'pb': ['x']})")
    for code in ("pf['", "pf.select('", "pf.filter(pl.col('", "pf.with_columns(pl.col('", "pf.select(pl.col('pa'), pl.sum('",
                 "pf.filter(pl.col('pa') > 1).group_by('pb').agg(pl.col('"):
        assert complete(kernel, code)["matches"] == ["pa'", "pb'"], code
    assert complete(kernel, "pl.col('")["matches"] == []


@pytest.mark.parametrize("code, expected", [("df.shape[0].bit_l", "bit_length"), ("df.columns[0].upp", "upper")])
def test_items_of_what_a_property_gives(kernel, code, expected):
    assert complete(kernel, code)["matches"] == [expected]


@pytest.mark.parametrize("code", ["%cd ", "%run ", "%run af", "%%writefile af", "%load ./a", "%ls af", "%timeit ./a", "!cat af"])
def test_magics_of_files_offer_files_alone(kernel, code):
    matches = complete(kernel, code)["matches"]
    assert [match.rpartition("/")[2] for match in matches] == ["afile.txt"]


def test_magics_of_code_offer_names(kernel):
    assert "func" in complete(kernel, "%timeit fu")["matches"] and "alpha" in complete(kernel, "%time df.al")["matches"]


def test_arguments_come_first(kernel):
    assert complete(kernel, "func(")["matches"][:2] == ["height=", "width="]
    assert complete(kernel, "np.linspace(0, 1, nu")["matches"] == ["num="]


@pytest.mark.parametrize("code", ["open('a", "pd.read_csv('a", "os.listdir('", "path = 'a", "x = './a", "f(filename='af"])
def test_files_where_a_path_is_expected(kernel, code):
    assert any(match.endswith("afile.txt") for match in complete(kernel, code)["matches"])


@pytest.mark.parametrize("code", ["x = 'a", "print('a", "df['a' + 'a", "d['afi", "'", "box['a"])
def test_no_files_elsewhere(kernel, code):
    assert not any("afile" in match for match in complete(kernel, code)["matches"])


def test_asking_warns_nobody(kernel):
    kernel.run("import warnings; warnings.simplefilter('always')")
    complete(kernel, "df.style.")
    cell = kernel.run("print('quiet')")
    assert cell.stream() == "quiet\n" and not cell.stream("stderr")
    assert kernel.run("warnings.filters[0][0]").plain == "'always'"


def test_jedi_where_the_code_says_nothing(kernel):
    pytest.importorskip("jedi")
    kernel.run("import json")
    assert complete(kernel, "json.JSONEncoder().encode(1).casef")["matches"] == ["casefold"]
