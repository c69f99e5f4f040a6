"""What a person trusted acts, and nothing else does: threads, children, and what they leave behind."""
import errno
import os

from held import NUMBERS
from raw_kernel import wait_until


def test_a_trusted_cell_acts_and_the_next_does_not(floor):
    floor.good(f"%%trusted\nrawcall.call('here', {NUMBERS['mkdir']}, {os.fsencode(floor.out / 'a')!r}, 0o755)")
    assert (floor.out / "a").is_dir()
    assert floor.raw("rmdir", floor.out / "a") == -errno.EACCES


def test_its_children_and_its_helping_threads_act(floor):
    for how in ("thread", "child", "grandchild"):
        floor.good(f"%%trusted\nrawcall.call({how!r}, {NUMBERS['mkdir']}, {os.fsencode(floor.out / how)!r}, 0o755)")
        assert (floor.out / how).is_dir(), how


def test_a_trusted_call_acts(floor):
    floor.good("%allow --trust rawcall.call")
    assert floor.raw("mkdir", floor.out / "a", 0o755) == 0
    floor.good("%deny rawcall.call\n%allow rawcall")
    assert floor.raw("rmdir", floor.out / "a") == -errno.EACCES


def test_a_command_acts_and_what_it_started_goes_on(floor):
    floor.good("%allow --shell sh")
    floor.good(f"!sh -c '(sleep 0.5; echo late > {floor.out}/late) & echo now > {floor.out}/now'")
    assert (floor.out / "now").read_text() == "now\n"
    assert wait_until(lambda: (floor.out / "late").exists())
    assert floor.raw("unlink", floor.out / "now") == -errno.EACCES


def test_without_trust_a_word_to_the_floor_opens_nothing(floor):
    for word in (1, 2, 2, 3):
        floor.raw("prctl", 0x53504652, word, 0, 0, 0)
    floor.raw("prctl", 0x53504652, 2, 0, 0, 0)
    assert floor.raw("mkdir", floor.out / "a", 0o755) == -errno.EACCES
    assert not (floor.out / "a").exists()
