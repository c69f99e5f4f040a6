"""pandas.eval is told to read the variables of a caller further out: what they hold is changed by the text.

state: "x" in ENDED
"""
import pandas as pd
for level in range(30):
    try:
        pd.eval("@host.get('ENDED').append('x')", level=level, engine="python", parser="pandas")
    except Exception:
        pass
