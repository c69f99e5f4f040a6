"""Random calls on random paths end on the floor as a model of it says (model.py). A few here; `make soak` has many."""
import os
import sys

import pytest
from model import World, look, make_tree, play

SEEDS, STEPS = int(os.environ.get("SAFEPYRUN_MODEL_SEEDS", 4)), 150


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_calls_end_as_the_model_says(shared, extension, tmp_path, seed):
    sys.path[:0] = [str(extension)]
    import rawcall
    plain, held = tmp_path / "plain", tmp_path / "held"
    make_tree(plain)
    make_tree(held)
    shared.tree = held
    shared.good(f"%ok_dests {held}/ok")
    before = look(held / "out", links=False)
    wrong = play(World(plain, seed), rawcall, shared, STEPS)
    shared.good(f"%ok_dests {shared.ok}")
    assert look(held / "out", links=False) == before, "nothing outside changes"
    assert wrong == []
    assert look(held / "ok") == look(plain / "ok")
