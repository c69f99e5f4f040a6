"""%undo --files: what cells did to files is taken back, after a question; what somebody else changed since is left."""
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from raw_kernel import RawKernel, wait_until



@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("files").resolve()


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("state")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, folder, state):
    kernel = RawKernel(tmp_path_factory.mktemp("kernel"), "--magics", "open", "--state-dir", str(state))
    cell = kernel.run(f"import os, shutil, sqlite3\nos.chdir({str(folder)!r})\n%ok_dests {folder}")
    assert cell.reply["status"] == "ok", cell.traceback
    yield kernel
    kernel.stop()


@pytest.fixture(autouse=True)
def empty(folder):
    for path in folder.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def tree(folder):
    "All that is known of the files of a folder, but for inodes and the times of folders."
    found = {}
    for path in sorted(folder.rglob("*")):
        known = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes() if path.is_file() else None
        extra = {key: os.getxattr(path, key) for key in os.listxattr(path, follow_symlinks=False)} if not path.is_symlink() else {}
        found[str(path.relative_to(folder))] = (known.st_mode, known.st_uid, content, extra,
                                               None if path.is_dir() and not path.is_symlink() else known.st_mtime_ns)
    return found


def change(kernel, source):
    "Run a cell that changes files, once there is a checkpoint from right before it."
    kernel.run("%checkpoint")
    cell = kernel.run(source, timeout=60)
    assert cell.reply["status"] == "ok", cell.traceback
    return cell


def undo(kernel, *words, answer="y"):
    msg_id = kernel.ask(" ".join(["%undo --files", *words]), answer)
    cell = kernel.finish_cell(msg_id, timeout=60)
    assert cell.reply["status"] == "ok", cell.traceback
    return cell.stream()


def make(folder, **files):
    for name, text in files.items():
        (folder / name).write_text(text)


CELLS = {
    "write over": "open('a', 'w').write('other')",
    "append": "open('a', 'a').write('more')",
    "in place": "f = open('a', 'r+'); f.seek(2); f.write('X'); f.close()",
    "truncate": "os.truncate('a', 1)",
    "new": "open('new', 'w').write('n')",
    "new, twice": "open('new', 'w').write('n'); open('new', 'a').write('m')",
    "new and gone": "open('new', 'w').write('n'); os.remove('new')",
    "gone": "os.remove('a')",
    "gone and new": "os.remove('a'); open('a', 'w').write('n')",
    "gone, new and gone": "os.remove('a'); open('a', 'w').write('n'); os.remove('a')",
    "written and gone": "open('a', 'w').write('other'); os.remove('a')",
    "renamed": "os.rename('a', 'z')",
    "renamed and written": "os.rename('a', 'z'); open('z', 'w').write('other')",
    "written and renamed": "open('a', 'w').write('other'); os.rename('a', 'z')",
    "renamed twice": "os.rename('a', 'y'); os.rename('y', 'z'); open('a', 'w').write('new')",
    "renamed there and back": "os.rename('a', 'z'); os.rename('z', 'a')",
    "renamed over": "os.rename('a', 'b')",
    "replaced": "open('new', 'w').write('n'); os.replace('new', 'a')",
    "replaced often": "for i in range(50):\n    open('new', 'w').write(str(i)); os.replace('new', 'a')",
    "replaced by what was written over": "open('b', 'w').write('n'); os.replace('b', 'a')",
    "replaced by one that had taken its name": "os.remove('a'); os.rename('b', 'a'); os.replace('empty', 'a')",
    "a circle": "os.rename('a', 't'); os.rename('b', 'a'); os.rename('t', 'b')",
    "mode": "os.chmod('a', 0o600)",
    "read-only afterwards": "open('a', 'w').write('other'); os.chmod('a', 0o444)",
    "times": "os.utime('a', (1, 2))",
    "attributes": "os.setxattr('a', 'user.kept', b'new'); os.setxattr('a', 'user.more', b'x' * 300); os.setxattr('b', 'user.more', b'1')",
    "an attribute goes": "os.removexattr('a', 'user.kept')",
    "attributes and content": "open('a', 'w').write('other'); os.removexattr('a', 'user.kept'); os.chmod('a', 0o600)",
    "attributes, then replaced": "os.setxattr('a', 'user.kept', b'new'); open('n', 'w').write('n'); os.replace('n', 'a')",
    "a folder's attribute": "os.setxattr('d', 'user.kept', b'new'); shutil.rmtree('d')",
    "a folder's mode": "os.chmod('d/e', 0o700); shutil.rmtree('d')",
    "an access list": "os.setxattr('b', 'system.posix_acl_access', bytes.fromhex('0200000001000600ffffffff02000600e803000004000400ffffffff10000600ffffffff20000400ffffffff'))",
    "a folder": "os.makedirs('x/y'); open('x/y/z', 'w').write('z')",
    "a tree goes": "shutil.rmtree('d')",
    "a tree goes and comes": "shutil.rmtree('d'); os.mkdir('d'); open('d/f', 'w').write('new')",
    "a tree moves": "os.rename('d', 'e')",
    "a tree is written to and moves": "open('d/f', 'w').write('new'); os.remove('d/e/g'); os.rename('d', 'x')",
    "a tree moves and is written to": "os.rename('d', 'x'); open('x/f', 'w').write('new'); open('x/n', 'w').write('new')",
    "a tree is copied": "shutil.copytree('d', 'x'); shutil.move('x', 'y')",
    "a link": "os.symlink('a', 's'); os.link('a', 'h')",
    "a link goes": "os.remove('link'); open('link', 'w').write('a file')",
    "through a link": "open('link', 'w').write('other')",
    "a pipe": "os.mkfifo('p')",
    "an empty file": "open('empty', 'w').write('no more')",
    "emptied": "open('a', 'w').close()",
    "sqlite": "c = sqlite3.connect('data.db'); c.execute('insert into t values (9)'); c.commit(); c.close()",
    "sqlite, rolled back": "c = sqlite3.connect('data.db'); c.execute('delete from t'); c.rollback(); c.close()",
    "many": "for i in range(300):\n    open(f'n{i}', 'w').write('x'); os.rename(f'n{i}', f'm{i}')",
}


@pytest.mark.parametrize("name", CELLS)
def test_files_are_as_before_the_cell(kernel, folder, name):
    make(folder, a="one\ntwo\n", b="three", empty="")
    (folder / "d/e").mkdir(parents=True)
    make(folder / "d", f="in d")
    make(folder / "d/e", g="in e")
    for path in ("a", "d", "d/f"):
        if has_attributes(folder):
            os.setxattr(folder / path, "user.kept", b"old")
    if not has_attributes(folder) and "attr" in name + CELLS[name]:
        pytest.skip("this disk keeps no extended attributes")
    os.chmod(folder / "d/e", 0o750)
    os.symlink("a", folder / "link")
    subprocess.run(["sqlite3", "data.db", "create table t (x); insert into t values (1)"], cwd=folder, check=False) \
        if shutil.which("sqlite3") else make_database(folder / "data.db")
    before = tree(folder)
    change(kernel, "state = 'changed'\n" + CELLS[name])
    told = undo(kernel)
    assert tree(folder) == before, told
    assert "Left as they are" not in told
    assert kernel.run("'state' in globals()").plain == "False", "and the variables with them"


def has_attributes(folder):
    try:
        os.setxattr(folder / "a", "user.any", b"")
        os.removexattr(folder / "a", "user.any")
    except OSError:
        return False
    return True


def make_database(path):
    import sqlite3
    with sqlite3.connect(path) as connection:
        connection.execute("create table t (x)")
        connection.execute("insert into t values (1)")
    connection.close()


def test_the_question_shows_what_it_would_do(kernel, folder):
    make(folder, a="former", b="b")
    change(kernel, "open('a', 'w').write('x'); open('new', 'w').write('x'); os.rename('b', 'c')\nx = 1")
    after = tree(folder)
    told = undo(kernel, answer="n")
    assert f"  put back {folder / 'a'} (6 bytes)\n" in told
    assert f"  remove {folder / 'new'}\n" in told
    assert f"  move {folder / 'c'} back to {folder / 'b'}\n" in told
    assert "Nothing was undone." in told and tree(folder) == after and kernel.run("x").plain == "1"


def test_a_frontend_that_takes_no_answers(kernel, folder):
    make(folder, a="former")
    change(kernel, "open('a', 'w').write('x')")
    cell = kernel.run("%undo --files", allow_stdin=False)
    assert cell.reply["ename"] == "UsageError" and "asks first" in cell.reply["evalue"]
    assert (folder / "a").read_text() == "x"


def test_several_cells(kernel, folder):
    make(folder, a="1", b="gone soon")
    before = tree(folder)
    kernel.run("%checkpoint before")
    kernel.run("open('a', 'w').write('2'); x = 2")
    kernel.run("os.rename('a', 'moved'); open('new', 'w').write('n')")
    kernel.run("os.remove('b'); open('moved', 'a').write('3'); open('new', 'w').write('m')")
    told = undo(kernel, "before")
    assert tree(folder) == before, told


def test_the_last_cell_alone_and_then_the_one_before(kernel, folder):
    make(folder, a="1")
    start = tree(folder)
    change(kernel, "open('a', 'w').write('2'); open('b', 'w').write('b')")
    middle = tree(folder)
    change(kernel, "os.remove('a'); shutil.copy('b', 'c'); os.remove('b')")
    undo(kernel)
    assert tree(folder) == middle
    told = undo(kernel, "2")  # the checkpoint's own cell is one
    assert tree(folder) == start, told


def test_files_after_the_variables(kernel, folder):
    make(folder, a="former")
    change(kernel, "open('a', 'w').write('x'); y = 1")
    told = kernel.run("%undo").stream()
    assert f"wrote {folder / 'a'}" in told and "%undo --files puts files back" in told
    assert (folder / "a").read_text() == "x"
    kernel.run("'y' in globals()")
    kept = kernel.run("z = 5; z").plain
    told = undo(kernel)
    assert "The variables stay" in told and (folder / "a").read_text() == "former"
    assert kernel.run("z").plain == kept, "only files were meant"


def test_somebody_else_changed_it_since(kernel, folder):
    make(folder, a="former", b="former", c="former")
    change(kernel, "for n in 'abc': open(n, 'w').write('by the cell')\nopen('new', 'w').write('n')")
    time.sleep(.02)
    make(folder, a="by hand", new="by hand")
    (folder / "b").unlink()
    told = undo(kernel)
    assert f"put back {folder / 'a'} (6 bytes): it was changed since" in told
    assert f"put back {folder / 'b'} (6 bytes): it is gone" in told
    assert f"remove {folder / 'new'}: it was changed since" in told
    assert (folder / "a").read_text() == (folder / "new").read_text() == "by hand"
    assert not (folder / "b").exists() and (folder / "c").read_text() == "former"


def test_another_took_the_name_of_what_was_removed(kernel, folder):
    make(folder, a="former", b="b")
    change(kernel, "os.remove('a'); os.rename('b', 'c')")
    make(folder, a="by hand", b="by hand")
    told = undo(kernel)
    assert "there is another of that name now" in told
    assert (folder / "a").read_text() == (folder / "b").read_text() == "by hand" and (folder / "c").read_text() == "b"
    (folder / "a").unlink()
    undo(kernel)
    assert (folder / "a").read_text() == "former", "it was left to be tried again"


def test_a_folder_that_became_a_link_is_not_followed(kernel, folder, tmp_path):
    (folder / "d").mkdir()
    make(folder / "d", f="former")
    change(kernel, "os.remove('d/f')")
    shutil.rmtree(folder / "d")
    (tmp_path / "elsewhere").mkdir()
    os.symlink(tmp_path / "elsewhere", folder / "d")
    told = undo(kernel)
    assert "its folder is gone" in told and not list((tmp_path / "elsewhere").iterdir())


def test_a_folder_that_somebody_put_a_file_into(kernel, folder):
    change(kernel, "os.mkdir('made')")
    make(folder / "made", other="by hand")
    told = undo(kernel)
    assert "Left as they are" in told and (folder / "made/other").read_text() == "by hand"


def test_files_that_an_earlier_cell_opened(kernel, folder):
    change(kernel, "log = open('log', 'w')\nlog.write('1\\n'); log.flush()")
    change(kernel, "log.write('2\\n'); log.flush()")
    told = undo(kernel, answer="n")
    assert f"{folder / 'log'} (2 bytes): it was open since an earlier cell" in told
    kernel.run("log.close()")
    told = undo(kernel, "5")
    assert not (folder / "log").exists(), told


def test_a_file_that_is_only_read_is_not_told_of(kernel, folder):
    make_database(folder / "data.db")
    time.sleep(.05)
    change(kernel, "c = sqlite3.connect('data.db'); c.execute('select * from t').fetchall(); c.close()\n"
                   "open('data.db', 'r+b').close()")
    assert "on the disk" not in kernel.run("%undo").stream()


def test_a_worker_that_was_killed(kernel, folder):
    make(folder, a="former", b="gone soon")
    before = tree(folder)
    kernel.run("%checkpoint")
    msg_id = kernel.start_cell("open('a', 'w').write('x'); os.remove('b'); open('n', 'w').write('n')\n"
                               "print('done', flush=True)\nwhile True: pass")
    wait_until(lambda: (folder / "n").exists())
    os.kill(kernel.worker, 9)
    assert kernel.finish_cell(msg_id).reply["ename"] == "WorkerDied"
    assert tree(folder) != before
    told = undo(kernel)
    assert "The variables stay: they are as they were before it already" in told
    assert tree(folder) == before


def test_what_is_kept_lies_where_no_cell_writes(kernel, folder, state):
    make(folder, a="former" * 20_000) # smaller ones stay in memory
    change(kernel, "open('a', 'w').write('x')")
    kept, = (state / "undo").iterdir()
    assert kept.stat().st_mode & 0o777 == 0o700
    cell = kernel.run(f"%ok_dests --add {state}\nfor n in os.listdir({str(kept)!r}):\n    os.remove({str(kept)!r} + '/' + n)")
    assert cell.reply["status"] == "error"
    kernel.run(f"%ok_dests {folder}")
    undo(kernel, "3")
    assert (folder / "a").read_text() == "former" * 20_000


def configured(tmp_path, text, **more):
    config = tmp_path / "config/safepyrun/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text(text)
    files = (tmp_path / "files").resolve()
    files.mkdir()
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open", "--state-dir", str(tmp_path / "state"),
                       environment={"XDG_CONFIG_HOME": str(tmp_path / "config"), **more})
    kernel.run(f"import os\nos.chdir({str(files)!r})\n%ok_dests {files}")
    return kernel, files


def test_no_more_is_kept_than_was_asked_for(tmp_path):
    kernel, files = configured(tmp_path, 'undo_files = "300k"\n')
    try:
        make(files, large="x" * 600_000, first="f" * 180_000, second="s" * 180_000)
        change(kernel, "open('large', 'w').write('n'); open('first', 'w').write('n')")
        told = undo(kernel, answer="n")
        assert f"put back {files / 'large'} (600 kB): it is larger than what undo_files keeps" in told
        change(kernel, "open('second', 'w').write('n')")
        kept = [p for p in (tmp_path / "state/undo").rglob("*") if p.is_file()]
        assert 0 < sum(p.stat().st_size for p in kept) <= 300_000
        told = undo(kernel, "4")
        assert f"put back {files / 'first'} (180 kB): newer contents were kept in its place" in told
        assert (files / "second").read_text() == "s" * 180_000 and (files / "first").read_text() == "n"
    finally:
        kernel.stop()


def test_what_is_kept_goes_with_the_session(tmp_path):
    kernel, files = configured(tmp_path, "")
    try:
        make(files, a="former" * 20_000)
        change(kernel, "open('a', 'w').write('x')")
        assert len(list((tmp_path / "state/undo").iterdir())) == 1
        kernel.client.shutdown()
        assert kernel.ended()
        assert not list((tmp_path / "state/undo").iterdir())
    finally:
        kernel.stop()


def test_what_a_killed_kernel_kept_goes_with_the_next(tmp_path):
    kernel, files = configured(tmp_path, "")
    make(files, a="former" * 20_000)
    change(kernel, "open('a', 'w').write('x')")
    kernel.stop()  # kills it
    left, = (tmp_path / "state/undo").iterdir()
    kernel = RawKernel(tmp_path / "next", "--magics", "open", "--state-dir", str(tmp_path / "state"))
    try:
        change(kernel, f"%ok_dests {files}\nopen({str(files / 'a')!r}, 'w').write('y')")
        kept, = (tmp_path / "state/undo").iterdir()
        assert kept != left
    finally:
        kernel.stop()


def test_nothing_is_kept(tmp_path):
    kernel, files = configured(tmp_path, "undo_files = 0\n")
    try:
        make(files, a="former")
        change(kernel, "open('a', 'w').write('x'); open('n', 'w').write('n')")
        told = undo(kernel)
        assert "undo_files is 0" in told and (files / "a").read_text() == "x"
        assert not (files / "n").exists(), "what a cell made can be removed all the same"
        assert not (tmp_path / "state/undo").exists()
    finally:
        kernel.stop()


def test_a_size_that_is_none(tmp_path):
    kernel, files = configured(tmp_path, 'undo_files = "much"\n')
    try:
        assert "undo_files takes a size" in kernel.log
        make(files, a="former")
        change(kernel, "open('a', 'w').write('x')")
        undo(kernel)
        assert (files / "a").read_text() == "former", "what holds without it"
    finally:
        kernel.stop()


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True, check=False)
    if made.returncode:
        pytest.skip("a small disk needs the right to mount one")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_disk_that_is_nearly_full_gets_nothing_more(tmp_path, small_disk):
    config = tmp_path / "files"
    config.mkdir()
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open", "--state-dir", str(small_disk / "state"))
    try:
        kernel.run(f"import os\nos.chdir({str(config)!r})\n%ok_dests {config}")
        make(config, a="x" * 8_000_000, b="y" * 1000)
        cell = change(kernel, "open('a', 'w').write('new'); open('b', 'w').write('new')")
        assert cell.reply["status"] == "ok", "the cell's own work goes on"
        told = undo(kernel)
        assert f"put back {config / 'a'} (8 MB): the disk is nearly full" in told
        assert (config / "a").read_text() == "new" and (config / "b").read_text() == "y" * 1000
    finally:
        kernel.stop()


def test_no_room_for_what_is_put_back(tmp_path, small_disk):
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open", "--state-dir", str(tmp_path / "state"))
    try:
        kernel.run(f"import os\nos.chdir({str(small_disk)!r})\n%ok_dests {small_disk}")
        make(small_disk, a="x" * 8_000_000)
        change(kernel, "open('a', 'w').write('new')")
        with open(small_disk / "filler", "wb") as filler:
            with pytest.raises(OSError):
                while True:
                    filler.write(b"0" * 1_000_000)
                    filler.flush()
        told = undo(kernel)
        assert "No space left on device" in told and (small_disk / "a").read_text() == "new", "nothing is lost"
        (small_disk / "filler").unlink()
        undo(kernel)
        assert (small_disk / "a").read_text() == "x" * 8_000_000
    finally:
        kernel.stop()


def test_between_two_disks(tmp_path, small_disk):
    "Where no link can be made, contents are copied."
    kernel = RawKernel(tmp_path / "kernel", "--magics", "open", "--state-dir", str(tmp_path / "state"))
    try:
        kernel.run(f"import os, shutil\nos.chdir({str(small_disk)!r})\n%ok_dests {small_disk}")
        make(small_disk, a="one", b="two", c="three")
        (small_disk / "d").mkdir()
        make(small_disk / "d", e="in d")
        os.chmod(small_disk / "b", 0o640)
        os.symlink("a", small_disk / "link")
        before = tree(small_disk)
        kernel.run("%checkpoint before")
        kernel.run("open('c', 'w').write('x')")
        kernel.run("os.remove('a'); os.replace('c', 'b'); shutil.rmtree('d'); os.remove('link')\nopen('a', 'w').write('new')")
        told = undo(kernel, "before")
        assert tree(small_disk) == before, told
    finally:
        kernel.stop()
