"""The everyday cells of tests/likeness show under this kernel what they show under ipykernel: a session of each, the first part of the list."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "likeness"))
from everyday import CELLS, compare, reason  # noqa: E402


def test_everyday_cells_show_the_same():
    cells = CELLS[:60]
    assert len([cell for cell in cells if not reason(cell)]) > 45
    parted = compare(sys.executable, cells, tell=lambda text: None, seconds=60)
    assert [(cell, diff) for cell, diff in parted if not reason(cell)] == []
