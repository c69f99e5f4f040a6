"""GitPython: a repository is read by itself; what it does by the program git is refused, with a remedy that works."""
import subprocess
import sys

import pytest

from raw_kernel import RawKernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    pytest.importorskip("git")
    folder = tmp_path_factory.mktemp("repository")
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "-C", str(folder)]
    subprocess.run([*git, "init", "-q", "-b", "main"], check=True)
    for message in ("first", "second"):
        (folder / "a.txt").write_text(message)
        subprocess.run([*git, "add", "."], check=True)
        subprocess.run([*git, "commit", "-q", "-m", message], check=True)
        subprocess.run([*git, "gc", "-q"], check=True)  # the first is read from a pack
    kernel = RawKernel(tmp_path_factory.mktemp("kernel"), "--magics", "open", "--python", sys.executable)
    kernel.run(f"import os\nos.chdir({str(folder)!r})")
    assert kernel.run("import git\nr = git.Repo('.')").reply["status"] == "ok"
    yield kernel
    kernel.stop()


@pytest.mark.parametrize("code, shown", [
    ("r.head.commit.message", "'second\\n'"),
    ("r.head.commit.author.name, r.head.commit.parents[0].message", "('A', 'first\\n')"),
    ("str(r.active_branch), [b.name for b in r.branches], r.remotes", "('main', ['main'], [])"),
    ("[entry.message for entry in r.head.log()]", "['commit (initial): first', 'commit: second']"),
    ("[b.path for b in r.head.commit.tree.traverse()]", "['a.txt']"),
    ("(r.commit('HEAD~1').tree / 'a.txt').data_stream.read()", "b'first'"),
])
def test_a_repository_is_read(kernel, code, shown):
    cell = kernel.run(code)
    assert cell.reply["status"] == "ok", cell.traceback
    assert cell.plain == shown


@pytest.mark.parametrize("code, shown", [
    ("print([c.summary for c in r.iter_commits()])", "['second', 'first']\n"),
    ("print([d.a_path for d in r.head.commit.diff('HEAD~1')])", "['a.txt']\n"),
    ("print(r.is_dirty(), r.untracked_files)", "False []\n"),
    ("print(r.git.log('-1', '--format=%s'))", "second\n"),
])
def test_the_remedy_of_what_git_does_works(kernel, code, shown):
    cell = kernel.run(code)
    assert cell.reply["ename"] == "Denied" and cell.reply["evalue"].endswith("to permit it: %%trusted")
    assert kernel.run("%%trusted\n" + code).stream() == shown


def test_nothing_is_written(kernel):
    assert kernel.run("r.create_head('other')").reply["status"] == "error"
    assert kernel.run("r.index.commit('third')").reply["status"] == "error"
    assert kernel.run("[b.name for b in r.branches], r.head.commit.message").plain == "(['main'], 'second\\n')"
