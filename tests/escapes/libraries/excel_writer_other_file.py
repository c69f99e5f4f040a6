"""The file of an ExcelWriter is another when it is saved."""
import io, types
import pandas as pd
writer = pd.ExcelWriter(io.BytesIO())
pd.DataFrame({"a": [1]}).to_excel(writer)
writer._handles = types.SimpleNamespace(handle=CANARY + "/x.xlsx", close=lambda: None)
writer.close()
