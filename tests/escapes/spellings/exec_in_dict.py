"""Exec in dict."""
d = {}
exec("import os\ndef f(p): os.mkdir(p)", d)
d["f"](CANARY + "/x")
