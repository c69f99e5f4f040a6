"""Pathlib link to."""
import pathlib
(pathlib.Path(ALLOWED) / "l").symlink_to(CANARY); (pathlib.Path(ALLOWED) / "l" / "x").write_text("x")
