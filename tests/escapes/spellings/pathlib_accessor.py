"""Pathlib accessor."""
import pathlib
p = pathlib.Path(CANARY) / "victim"
p.rename(CANARY + "/v2")
