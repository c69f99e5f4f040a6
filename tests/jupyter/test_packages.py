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

    def call(release):
        (tmp_path / "os-release").write_text(release)
        done = subprocess.run([shutil.which("sh"), ROOT / ".ci/packages", "run"], capture_output=True, text=True,
                              env={"PATH": str(tools), "SAFEPYRUN_OS_RELEASE": str(tmp_path / "os-release")})
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
