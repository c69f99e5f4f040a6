"""The model of the floor's judge (tests/floor/model.py), played for as many seeds as there is patience."""
import os
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / "floor")]
from held import Floor, build_extension  # noqa: E402
from model import World, look, make_tree, play  # noqa: E402

SEEDS = int(os.environ.get("SAFEPYRUN_SEEDS", 500))


def test_random_calls_end_as_the_model_says(tmp_path):
    sys.path[:0] = [str(build_extension(tmp_path))]
    import rawcall
    kernel = Floor(tmp_path / "kernel", tmp_path)
    wrong = {}
    for seed in range(1000, 1000 + SEEDS):
        plain, kernel.tree = tmp_path / f"plain{seed}", tmp_path / f"held{seed}"
        make_tree(plain)
        make_tree(kernel.tree)
        kernel.good(f"%ok_dests {kernel.tree}/ok")
        before = look(kernel.tree / "out", links=False)
        differs = play(World(plain, seed), rawcall, kernel, 150)
        if differs or look(kernel.tree / "out", links=False) != before or look(kernel.tree / "ok") != look(plain / "ok"):
            wrong[seed] = differs
    kernel.stop()
    assert wrong == {}
