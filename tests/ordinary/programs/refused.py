# %% types_coroutine
import types
@types.coroutine
def switch(): return (yield "switch")
async def co(): return await switch() + 1
co().send(None)
# %% logging_config
import logging.config
logging.config.dictConfig({"version": 1, "handlers": {"n": {"class": "logging.NullHandler"}}, "root": {"handlers": ["n"]}})
# %% copyreg_pickle
import copyreg, pickle
class C:
    def __init__(s, v): s.v = v
copyreg.pickle(C, lambda c: (C, (c.v * 2,)))
pickle.loads(pickle.dumps(C(2))).v
# %% module_by_hand
import types
m = types.ModuleType("m"); m.x = 1; m.x += 1; m.x
# %% codecs_register_error
import codecs
codecs.register_error("mine", lambda e: ("?!", e.end))
"é".encode("ascii", "mine")
# %% mkstemp_write
import tempfile, os
fd, name = tempfile.mkstemp(dir="."); os.write(fd, b"q"); os.close(fd)
open(name).read()
# %% pandas_query [pandas]
import pandas as pd
df = pd.DataFrame({"A": [1, 4]})
df.query("A > 3"), df.eval("F = A + 1").F.tolist()
# %% closure_cells
def outer():
    x = 1
    def inner(): return x
    return inner
outer().__closure__[0].cell_contents, outer().__code__.co_freevars
# %% pickle_builtins
import pickle
[pickle.loads(pickle.dumps(f)) is f for f in (getattr, len, print, type)]
# %% store_on_made_classes
import dataclasses, types
C = dataclasses.make_dataclass("C", ["x"])
c = C(1); c.x = 5
D = types.new_class("D"); d = D(); d.y = 1; D.z = 2
c, d.y, D.z
