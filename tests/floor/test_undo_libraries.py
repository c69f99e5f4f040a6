"""%undo --files with real libraries, and with native code that knows nothing of Python."""
import os

import pytest

pd = pytest.importorskip("pandas")
WRITE_AND_TRUNCATE = 0o1 | 0o1000  # O_WRONLY | O_TRUNC


@pytest.fixture(scope="module")
def kernel(shared):
    shared.good(f"import os, shutil, sqlite3, json, pickle, zipfile\nos.chdir({str(shared.ok)!r})")
    return shared


@pytest.fixture(autouse=True)
def empty(shared):
    import shutil
    for path in shared.ok.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def contents(folder):
    return {str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime_ns) if p.is_file() else None for p in folder.rglob("*")}


def undone(kernel, make, source):
    "The files as a first cell made them, and as they are when a second one was undone."
    kernel.good(make)
    before = contents(kernel.ok)
    kernel.good("%checkpoint")
    kernel.good(source)
    assert contents(kernel.ok) != before, "the cell did something"
    told = kernel.finish_cell(kernel.ask("%undo --files", "y"), timeout=60)
    assert told.reply["status"] == "ok", told.traceback
    assert contents(kernel.ok) == before, told.stream()
    return told.stream()


LIBRARIES = {
    "to_csv": ("import pandas as pd; df = pd.DataFrame({'a': range(1000)}); df.to_csv('t.csv')",
               "(df * 2).to_csv('t.csv'); (df + 1).to_csv('other.csv')"),
    "to_pickle": ("import pandas as pd; df = pd.DataFrame({'a': range(1000)}); df.to_pickle('t.pkl')", "df.head(3).to_pickle('t.pkl')"),
    "parquet": ("import pandas as pd; df = pd.DataFrame({'a': range(1000)}); df.to_parquet('t.parquet')",
                "df.head(3).to_parquet('t.parquet')"),
    "np.save": ("import numpy as np; np.save('a.npy', np.arange(1000))", "np.save('a.npy', np.zeros(3)); np.savez('b.npz', x=[1])"),
    "memmap": ("import numpy as np; np.save('a.npy', np.arange(100000))",
               "m = np.load('a.npy', mmap_mode='r+'); m[500:600] = -1; m.flush(); del m"),
    "sqlite3": ("c = sqlite3.connect('d.db'); c.execute('create table t (x)'); c.executemany('insert into t values (?)', [(i,) for i in range(100)]); c.commit(); c.close()",
                "c = sqlite3.connect('d.db'); c.execute('delete from t where x > 3'); c.commit(); c.close()"),
    "h5py": ("import h5py\nwith h5py.File('f.h5', 'w') as f: f['x'] = list(range(1000))",
             "with h5py.File('f.h5', 'a') as f:\n    del f['x']; f['y'] = [1.5] * 10\nwith h5py.File('g.h5', 'w') as f: f['z'] = 1"),
    "matplotlib": ("import matplotlib.pyplot as plt; plt.plot([1, 2]); plt.savefig('p.png'); plt.close()",
                   "plt.plot([3, 1]); plt.savefig('p.png'); plt.savefig('p.svg'); plt.close()"),
    "PIL": ("from PIL import Image; im = Image.new('RGB', (64, 64)); im.save('i.png')", "im.rotate(30).resize((5, 5)).save('i.png')"),
    "json and zip": ("json.dump([1], open('a.json', 'w'))\nwith zipfile.ZipFile('z.zip', 'w') as z: z.writestr('a', 'b')",
                     "json.dump([2], open('a.json', 'w'))\nwith zipfile.ZipFile('z.zip', 'a') as z: z.writestr('c', 'd' * 1000)"),
    "rmtree": ("os.makedirs('d/e'); [open(f'd/e/{i}', 'w').write(str(i)) for i in range(50)]", "shutil.rmtree('d')"),
    "remove and rename": ("[open(n, 'w').write(n) for n in 'abc']", "os.remove('a'); os.rename('b', 'a'); os.replace('c', 'a')"),
    "move and copy": ("os.mkdir('d'); [open(n, 'w').write(n) for n in 'abc']",
                      "shutil.move('a', 'd'); shutil.copy('b', 'c'); shutil.copytree('d', 'e'); shutil.make_archive('arch', 'zip', 'd')"),
}
NEEDS = {"parquet": "pyarrow", "h5py": "h5py", "PIL": "PIL", "matplotlib": "matplotlib"}


@pytest.mark.parametrize("name", LIBRARIES)
def test_what_a_library_did_to_files(kernel, name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    undone(kernel, *LIBRARIES[name])


@pytest.mark.parametrize("how", ["here", "thread"])
def test_native_code_that_truncates(kernel, how):
    "A C extension's own open(2): no Python event tells of it."
    number = {"x86_64": 257}.get(os.uname().machine, 56)  # openat
    undone(kernel, "import rawcall; open('a', 'w').write('former' * 100)",
           f"fd = rawcall.call({how!r}, {number}, -100, b'a', {WRITE_AND_TRUNCATE}, 0)\nassert fd > 0, fd\nos.close(fd)")


def test_nothing_is_known_of_what_trusted_code_did(kernel):
    "What a person trusted runs outside of the floor's judgement: nothing was kept, and nothing is said to be."
    kernel.good("open('a', 'w').write('former')")
    kernel.good("%checkpoint")
    kernel.good("%%trusted\nopen('a', 'w').write('by a trusted cell')")
    told = kernel.run("%undo").stream()
    assert "Not undone, on the disk" not in told
    assert (kernel.ok / "a").read_text() == "by a trusted cell"
