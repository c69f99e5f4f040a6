"""`.ci/packages` on a system that has nothing yet: the command that a person there would type."""
import shutil
import subprocess

import pytest
from built import ROOT


@pytest.fixture
def ask(tmp_path):
    """.ci/packages where no program is but a shell's own; (status, its words)."""
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "id").write_text("#!/bin/sh\necho 1000\n")
    (tools / "id").chmod(0o755)
    sed = tmp_path / "sed only/sed"
    sed.parent.mkdir()
    sed.symlink_to(shutil.which("sed"))

    def call(release, what="run", **more):
        (tmp_path / "os-release").write_text(release)
        done = subprocess.run([shutil.which("sh"), ROOT / ".ci/packages", what], capture_output=True, text=True,
                              env={"PATH": f"{tools}:{sed.parent}", "SAFEPYRUN_OS_RELEASE": str(tmp_path / "os-release"), **more})
        return done.returncode, done.stdout + done.stderr
    return call


@pytest.mark.parametrize("release, command", [
    ("ID=debian\n", "sudo apt-get install gcc make cmake ninja-build pkg-config libczmq-dev libzmq3-dev libjansson-dev"),
    ("ID=ubuntu\nID_LIKE=debian\n", "sudo apt-get install gcc make cmake ninja-build"),
    ("ID=fedora\n", "sudo dnf install gcc make cmake ninja-build pkgconf-pkg-config czmq-devel zeromq-devel jansson-devel sqlite-devel"),
    ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "sudo dnf install gcc"),
    ("ID=arch\n", "sudo pacman -S --needed gcc make cmake ninja pkgconf czmq zeromq jansson sqlite openssl libseccomp"),
    ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "sudo zypper install gcc make cmake ninja pkgconf-pkg-config czmq-devel"),
    ("", "sudo apt-get install gcc"),
])
def test_the_packages_have_the_names_of_the_distribution(ask, release, command):
    status, said = ask(release)
    words = [line for line in said.splitlines() if "install them:" in line]
    assert status == 1 and len(words) == 1
    for word in command.split():  # what this machine has of headers is not missing
        assert word in words[0].split(), said


def test_musl_is_told(ask):
    status, said = ask("ID=alpine\n")
    assert status == 1 and "needs glibc" in said and "apk" not in said


@pytest.mark.parametrize("release, name", [("ID=debian\n", "libpython3.13-testsuite"), ("ID=fedora\n", "python3-test"),
                                           ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\n', "python3-testsuite")])
def test_pythons_own_tests_are_asked_for_by_whoever_runs_the_tests(ask, tmp_path, release, name):
    "A Python 3.13 without them: in Debian's package's name is its version."
    python = tmp_path / "python3"
    python.write_text('#!/bin/sh\ncase "$2" in *%d.%d*) echo 3.13 ;; *) exit 1 ;; esac\n')
    python.chmod(0o755)
    status, said = ask(release, "test", SAFEPYRUN_SYSTEM_PYTHON=str(python))
    assert status == 1 and name in said.split()
    assert name not in ask(release, "run", SAFEPYRUN_SYSTEM_PYTHON=str(python))[1].split()


def test_wheels_need_what_the_libraries_inside_are_fetched_and_made_with(ask):
    wanted = {"g++", "curl", "zlib1g-dev", "libzstd-dev"}
    assert wanted <= set(ask("ID=debian\n", "dist")[1].split())
    assert not wanted & (set(ask("ID=debian\n", "run")[1].split()) | set(ask("ID=debian\n", "test")[1].split()))
