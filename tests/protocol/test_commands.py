"""!mkdir, !cp, !rm and the like, answered by the kernel itself: what they do and say is what a shell's do, where cells may write; elsewhere
they are programs that cells do not start."""
import os
import subprocess

import pytest

from raw_kernel import RawKernel

NAMES = ["f.txt", "rows.csv", "sub/a.txt", "sub/deep/b.txt", "other/f.txt"]


def fill(folder):
    for name in NAMES:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{name}\nb 2\na 10\na 9\n")
    (folder / "link").symlink_to("f.txt")


def tree(folder):
    "What stands below: path to kind, rights and content."
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = os.readlink(path) if path.is_symlink() else "folder" if path.is_dir() else path.read_bytes()
        found[str(path.relative_to(folder))] = (kind, oct(path.lstat().st_mode))
    return found


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    kernel = RawKernel(tmp_path_factory.mktemp("commands"), "--magics", "open")
    yield kernel
    kernel.stop()


@pytest.fixture
def folders(kernel, tmp_path):
    "(the kernel's, which cells may write to; one that a shell has)"
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for folder in (ours, theirs):
        folder.mkdir()
        fill(folder)
    assert kernel.run(f"import os\nos.chdir({str(ours)!r})\n%ok_dests {ours}").reply["status"] == "ok"
    return ours, theirs


WRITERS = ["mkdir new", "mkdir -p new/deep/er sub", "mkdir sub", "mkdir a b && ls", "mkdir nowhere/x", "touch f.txt new.txt", "touch 'a b'",
           "touch nowhere/x", "rm f.txt", "rm -f nothere", "rm nothere", "rm sub", "rm -r sub", "rm -rf sub other nothere", "rm *.txt",
           "rm link", "rm -v f.txt", "rmdir sub", "mkdir e && rmdir e", "cp f.txt g.txt", "cp f.txt sub", "cp f.txt rows.csv other", "cp sub x",
           "cp -r sub x", "cp -r sub other", "cp -v f.txt g.txt", "cp nothere x", "cp -n rows.csv f.txt", "cp link copied", "cp f.txt nowhere/x",
           "mv f.txt g.txt", "mv sub other", "mv f.txt rows.csv sub", "mv -v f.txt g.txt", "mv nothere x", "mv -n f.txt rows.csv", "mv link moved",
           "mv f.txt rows.csv", "mv sub/deep .", "echo hi > new.txt", "echo hi >> f.txt", "cat f.txt rows.csv > all.txt", "head -1 f.txt | tee first.txt",
           "cat f.txt | tee -a rows.csv | wc -l", "cat nothere > empty.txt", "mkdir a; touch a/b; ls a", "rm nothere && touch not.txt", "ls > 'a b.txt'",
           "cp f.txt $UNSET_HERE g.txt"]


@pytest.mark.parametrize("command", WRITERS)
def test_where_cells_may_write_it_is_done_as_a_shell_does_it(kernel, folders, command):
    ours, theirs = folders
    expected = subprocess.run(command, shell=True, cwd=theirs, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    cell = kernel.run(f"!{command}")
    assert cell.reply["status"] == "ok", cell.traceback
    assert tree(ours) == tree(theirs)
    told = cell.stream("stderr").split("\n")
    assert sorted(line for line in told) == sorted(expected.stderr.split("\n"))
    assert cell.stream().split() == expected.stdout.split()
    assert kernel.run("_exit_code != 0").plain == str(expected.returncode != 0)


READERS = ["grep a f.txt", "grep -n a f.txt rows.csv", "grep -c a f.txt", "grep -v a f.txt", "grep -l csv f.txt rows.csv", "grep -i B f.txt", "grep nothing f.txt",
           "grep -E 'a (10|9)' f.txt", "grep -w b f.txt", "grep a nothere f.txt", "cat f.txt | grep a | wc -l", "sort f.txt", "sort -r f.txt", "sort -u f.txt f.txt",
           "cut -d' ' -f1 f.txt", "cut -d ' ' -f 2- f.txt rows.csv", "cut -d' ' -s -f1,2 f.txt", "cut -c1-3,5 f.txt", "cut -f1 nothere", "cat f.txt | cut -d. -f2",
           "cat f.txt | tr a-z A-Z", "echo 'a  b   c' | tr -s ' '", "cat f.txt | tr -d '\\n'", "cat f.txt | tr ' ' '\\n' | sort | uniq -c | sort -rn", "tac f.txt", "rev f.txt",
           "nl f.txt", "seq 3", "seq 2 5", "seq 10 -3 1", "sed -n 2p f.txt", "sed -n '2,3p' f.txt", "sed -n '3,$p' f.txt", "find sub -name '*.txt' | sort", "find . -type d | sort",
           "find . -maxdepth 1 -iname 'F*' | sort", "find nothere", "md5sum f.txt rows.csv", "sha256sum f.txt", "cat f.txt | sha1sum", "basename /a/b.txt .txt", "basename b/",
           "dirname /a/b c", "realpath /usr/../tmp", "readlink -f /tmp", "uname", "uname -sm", "ls -l f.txt | cut -c1-10"]


@pytest.mark.parametrize("command", READERS)
def test_filters_say_what_the_programs_say(kernel, folders, command):
    expected = subprocess.run(command, shell=True, cwd=folders[1], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
    cell = kernel.run(f"!{command}")
    assert cell.reply["status"] == "ok", cell.traceback
    assert cell.stream() == expected.stdout and cell.stream("stderr") == expected.stderr
    assert kernel.run("_exit_code").plain == str(expected.returncode)


def test_what_tells_of_the_machine(kernel, folders):
    for command in ("whoami", "nproc", "hostname", "which sh", "which no_such_program_here", "du -s sub", "du -sh sub", "date +%Y", "uniq -c f.txt"):
        expected = subprocess.run(command, shell=True, cwd=folders[1], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"})
        assert kernel.run(f"!{command}").stream() == expected.stdout, command


@pytest.mark.parametrize("command", ["mkdir {0}/x", "touch f.txt {0}/x", "rm -r sub {0}", "rm -rf {0}/*", "cp f.txt {0}", "cp -r sub {0}/x", "mv {0}/keep.txt .",
                                     "mv f.txt {0}", "echo x > {0}/keep.txt", "cat f.txt >> {0}/keep.txt", "ls | tee {0}/keep.txt", "mkdir x && rm {0}/keep.txt",
                                     "touch x; rm -r {0}", "rm -rf .", "rm -rf ..", "rm -rf /", "rm -rf ~", "cp link {0}/keep.txt", "rm -rf linked/", "cp f.txt linked/keep.txt",
                                     "echo x > linked/keep.txt", "cp -r . sub", "mv sub sub/deep", "rm --no-preserve-root -rf /", "rm -i f.txt", "mv out ."])
def test_one_place_outside_and_nothing_of_the_line_is_done(kernel, folders, tmp_path, command):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.txt").write_text("kept")
    (folders[0] / "linked").symlink_to(outside)
    (folders[0] / "out").symlink_to(outside / "keep.txt")
    before, kept = tree(folders[0]), tree(outside)
    cell = kernel.run("!" + command.format(outside))
    assert tree(outside) == kept
    if command in ("mv out .", "rm -rf linked/"):  # names of one's own, or an error of the system's
        return
    assert cell.reply["status"] == "error" and cell.reply["ename"] in ("Denied", "UsageError"), cell.reply
    assert "%allow --shell" in cell.reply["evalue"] or "no shell" in cell.reply["evalue"]
    assert tree(folders[0]) == before


def test_what_it_did_to_files_is_undone(kernel, folders):
    kernel.run("pass")
    before = tree(folders[0])
    assert kernel.run("!rm -r sub\n!mv f.txt g.txt\n!echo new > rows.csv").reply["status"] == "ok"
    assert tree(folders[0]) != before
    cell = kernel.finish_cell(kernel.ask("%undo --files", "y"))
    assert cell.reply["status"] == "ok", cell.traceback
    assert tree(folders[0]) == before


def test_they_are_magics_too(kernel, folders):
    for line in ("%cp f.txt g.txt", "cp g.txt h.txt", "%mv h.txt i.txt", "%mkdir e", "%rmdir e", "rm -r sub"):
        assert kernel.run(line).reply["status"] == "ok", line
    assert (folders[0] / "i.txt").exists() and not (folders[0] / "h.txt").exists() and not (folders[0] / "sub").exists()
