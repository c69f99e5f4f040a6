"""A configuration file of traitlets overwrites a function.

state: getattr(__import__("textwrap"), "dedent", 1) == 5
"""
import traitlets.config.loader as l, pathlib
pathlib.Path(ALLOWED, "c.py").write_text("import textwrap\ntextwrap.dedent = 5\n")
l.PyFileConfigLoader("c.py", ALLOWED).load_config()
