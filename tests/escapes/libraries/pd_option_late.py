"""A display option of pandas, for the host's frames.

host: repr(__import__("pandas").Series([1.5]))
"""
import pandas as pd, pathlib
pd.set_option("display.float_format", pathlib.Path(CANARY + "/victim").touch)
