"""Pd to csv."""
import pandas as pd
pd.DataFrame({"a": [1]}).to_csv(CANARY + "/x")
