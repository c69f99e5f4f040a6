# %% module_by_hand
import types
m = types.ModuleType("m"); m.x = 1; m.x += 1; m.x
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
