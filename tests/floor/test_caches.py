"""The caches of libraries: what policies/places/places.toml lists passes, for the library, natively and in Python; the folder beside it
does not, and neither does a cell that writes there itself. The effect is looked for."""
import ctypes.util
import errno
import os
import shutil
import tomllib
from pathlib import Path

import pytest
from held import Floor

PLACES = Path(__file__).parents[2] / "policies" / "places" / "places.toml"
CACHES = tomllib.loads(PLACES.read_text())["cache"]
MAKES = os.O_CREAT | os.O_WRONLY
FONTS = Path("/usr/share/fonts/truetype/dejavu")  # .ci/packages brings them


def folder_of(cache, home):
    "Where it is, when each variable but XDG's has a folder of its own."
    variable = cache.get("variable", "")
    top = home / cache["home"] if variable.startswith("XDG_") or not variable else home / "set" / variable
    return top / cache["below"] if "below" in cache else top


@pytest.fixture(scope="module")
def kernel(tmp_path_factory, extension):
    folder = tmp_path_factory.mktemp("caches")
    home = folder / "home"
    variables = {cache["variable"]: str(home / "set" / cache["variable"]) for cache in CACHES if not cache.get("variable", "XDG_").startswith("XDG_")}
    (folder / "fonts.conf").write_text(f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{FONTS}</dir>'
                                       '<cachedir prefix="xdg">fontconfig</cachedir></fontconfig>')
    for path in [home / ".cache", home / ".config", home / ".local/share", *map(Path, variables.values())]:
        path.mkdir(parents=True)
    kernel = Floor(folder / "floor", extension, environment={
        "HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache"), "XDG_DATA_HOME": str(home / ".local/share"), "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "XDG_CONFIG_HOME": str(home / ".config"), **variables})
    kernel.home = home
    yield kernel
    kernel.stop()


@pytest.mark.parametrize("cache", CACHES, ids=lambda cache: "-".join(filter(None, (cache.get("variable"), cache.get("home"), cache.get("below")))))
def test_a_cache_of_the_list_is_made_and_nobody_elses_folder(kernel, cache):
    folder = folder_of(cache, kernel.home)
    for parent in reversed(folder.relative_to(kernel.home).parents):
        (kernel.home / parent).mkdir(exist_ok=True)  # what is above it is a person's
    shutil.rmtree(folder, ignore_errors=True)
    beside = folder.parent / f"{folder.name}-not"
    assert kernel.raw("mkdir", folder, 0o700) == 0
    assert kernel.raw("open", folder / "kept", MAKES, 0o600) > 0 and (folder / "kept").exists()
    assert kernel.raw("mkdir", beside, 0o700) == -errno.EACCES and not beside.exists()
    cell = kernel.run(f"open({str(folder / 'kept')!r}, 'w').write('mine')")
    assert cell.reply["ename"] == "Denied" and (folder / "kept").read_text() == ""


def test_fontconfig_keeps_what_it_found(kernel):
    "Native code that finds fonts for cairo, Qt and others; here it is asked for all there are."
    library = ctypes.util.find_library("fontconfig")
    if not library or not FONTS.exists():
        pytest.skip("there is no fontconfig (Chromium brings it), or no font (.ci/packages names them)")
    folder = kernel.home / ".cache" / "fontconfig"
    shutil.rmtree(folder, ignore_errors=True)
    cell = kernel.good(f"import ctypes\nfontconfig = ctypes.CDLL({library!r})\nfontconfig.FcInit() and fontconfig.FcConfigBuildFonts(None)")
    assert cell.plain == "1" and "Refused" not in cell.stream("stderr")
    assert [file for file in folder.iterdir() if ".cache-" in file.name] and not [file for file in folder.iterdir() if "TMP" in file.name]


def test_matplotlib_keeps_its_list_of_fonts(kernel):
    pytest.importorskip("matplotlib")
    folder = kernel.home / "set" / "MPLCONFIGDIR"
    for file in folder.glob("fontlist*"):
        file.unlink()
    cell = kernel.collect(kernel.client.execute("import matplotlib.font_manager", allow_stdin=False), timeout=120)
    assert cell.reply["status"] == "ok" and "Refused" not in cell.stream("stderr")
    kept, = folder.glob("fontlist*.json")
    before = kept.read_bytes()
    assert kernel.run(f"open({str(kept)!r}, 'w')").reply["ename"] == "Denied" and kept.read_bytes() == before
    (kernel.out / "mine").write_text("mine")
    cell = kernel.good(f"import matplotlib.font_manager as f\nf.json_dump(f.fontManager, {str(kernel.out / 'mine')!r})")  # it only warns
    assert (kernel.out / "mine").read_text() == "mine" and "mine" in cell.stream("stderr")
