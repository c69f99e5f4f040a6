"""An accessor replaces a method.

state: isinstance(__import__("pandas").DataFrame.__dict__["sum"], type) or "evil" in repr(__import__("pandas").DataFrame.sum)
"""
import pandas as pd
@pd.api.extensions.register_dataframe_accessor("sum")
class evil:
    def __init__(self, x): pass
