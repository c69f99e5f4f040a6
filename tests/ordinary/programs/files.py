# %% reading
import os, pathlib, glob, fnmatch, io, linecache, fileinput
p = pathlib.Path("../data")
print(open("../data/text.txt").read(), [l for l in open("../data/text.txt")], p.joinpath("text.txt").read_text(), (p / "text.txt").read_bytes()[:3])
with (p / "text.txt").open() as f: print(f.readline(), f.tell(), f.readlines(), f.name, f.mode, f.closed, f.encoding.lower())
with open("../data/text.txt", "rb") as f: print(f.seek(4), f.read(3), f.readable(), f.writable())
with io.open("../data/text.txt", encoding="utf-8", newline="") as f: print(f.read(3))
print(sorted(os.listdir(p)), sorted(x.name for x in p.iterdir()), sorted(glob.glob("../data/*.txt")), sorted(p.glob("**/*.py")), sorted(x.name for x in p.rglob("*.py")), glob.glob("**/*.py", root_dir="../data", recursive=True).__len__())
print([(r, sorted(d), sorted(f)) for r, d, f in os.walk("../data/tree")], sorted(e.name for e in os.scandir("../data/tree") if e.is_file()))
fnmatch.fnmatch("a.py", "*.py"), fnmatch.filter(["a", "b"], "a*"), fnmatch.translate("*.x"), linecache.getline("../data/text.txt", 2), list(fileinput.input("../data/text.txt")), os.stat("../data/text.txt").st_size, p.exists(), os.access("../data", os.R_OK)
# %% pathlib_pure
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
p = PurePosixPath("/usr/lib/python3.tar.gz")
print(p.parts, p.parent, p.name, p.suffix, p.suffixes, p.stem, p.with_suffix(".x"), p.with_name("y"), p.relative_to("/usr"), p.is_absolute(), p.match("*.gz"), list(p.parents), p / "a" / "b", p.as_uri(), p.joinpath("z"), p.anchor, p.root, str(p), p < PurePosixPath("/z"))
print(PureWindowsPath("c:\\a\\b").drive, Path(".").resolve().is_dir(), Path("~").expanduser() != Path("~"), Path.cwd() == Path().absolute(), Path("../data").is_dir(), Path("../data/text.txt").is_file(), Path("../data/text.txt").stat().st_size, Path("nope").exists(), Path.home() != "", Path("../data/text.txt").samefile("../data/text.txt"), Path("x").is_symlink(), Path("../data").owner() != "")
class MyPath(type(Path())):
    def shout(self): return str(self).upper()
MyPath("a").shout(), hash(Path("a")) == hash(Path("a")), {Path("a"): 1}, f"{Path('a')}", Path("a") == PurePath("a")
# %% os_path
import os, os.path as op
print(op.join("a", "b"), op.split("/a/b"), op.splitext("x.py"), op.basename("/a/b"), op.dirname("/a/b"), op.exists("../data"), op.isdir("../data"), op.isfile("../data"), op.getsize("../data/text.txt"), op.abspath(".") == os.getcwd(), op.normpath("a/../b"), op.relpath("/a/b", "/a"), op.commonpath(["/a/b", "/a/c"]), op.isabs("/"), op.expandvars("$NOPE"), op.realpath(".") != "", op.getmtime("../data") > 0, op.commonprefix(["ab", "ac"]), op.islink("x"), op.samefile(".", "."))
os.fspath("a"), os.path.sep, os.linesep, os.curdir, os.getenv("NOPE", "d"), "PATH" in os.environ, os.path.expanduser("~") != "", os.fsencode("a"), os.pathsep, os.extsep, os.devnull
# %% compressed_reading
import gzip, bz2, lzma, zipfile, tarfile, io
with gzip.open("../data/text.gz", "rt") as f: print(f.read())
with bz2.open("../data/text.bz2") as f: print(f.read())
with lzma.open("../data/text.xz", "rt") as f: print(f.readlines())
print(gzip.decompress(gzip.compress(b"a")), bz2.decompress(bz2.compress(b"b")), lzma.decompress(lzma.compress(b"c")), gzip.GzipFile("../data/text.gz").read(3), bz2.BZ2File("../data/text.bz2").readline())
c = bz2.BZ2Compressor(); data = c.compress(b"abc") + c.flush(); print(bz2.BZ2Decompressor().decompress(data)); lc = lzma.LZMACompressor(); data = lc.compress(b"q") + lc.flush(); print(lzma.LZMADecompressor().decompress(data))
with zipfile.ZipFile("../data/all.zip") as z:
    print(z.namelist(), z.read("text.txt"), z.getinfo("text.txt").file_size, z.testzip(), [i.filename for i in z.infolist()])
    with z.open("sub/more.txt") as f: print(f.read())
    print(zipfile.Path(z, "text.txt").read_text())
with tarfile.open("../data/all.tar.gz") as t:
    print(t.getnames(), t.extractfile("text.txt").read(), t.getmember("text.txt").size, [m.isfile() for m in t])
b = io.BytesIO()
with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z: z.writestr("a", "1")
with gzip.GzipFile(fileobj=io.BytesIO(), mode="wb") as g: g.write(b"x")
tb = io.BytesIO()
with tarfile.open(fileobj=tb, mode="w") as t: ti = tarfile.TarInfo("n"); ti.size = 1; t.addfile(ti, io.BytesIO(b"z"))
zipfile.is_zipfile("../data/all.zip"), tarfile.is_tarfile("../data/all.tar.gz"), zipfile.ZipFile(b).namelist(), len(tb.getvalue()) > 0
# %% sqlite_memory
import sqlite3
con = sqlite3.connect(":memory:"); con.row_factory = sqlite3.Row; cur = con.cursor()
cur.execute("CREATE TABLE movie(title, year, score)"); cur.executemany("INSERT INTO movie VALUES(?, ?, ?)", [("M", 1979, 8.0), ("L", 1983, 7.5)])
con.commit()
class AggSum:
    def __init__(self): self.n = 0
    def step(self, v): self.n += v
    def finalize(self): return self.n
con.create_function("dbl", 1, lambda x: x * 2); con.create_aggregate("mysum", 1, AggSum); con.create_collation("rev", lambda a, b: (a < b) - (a > b))
print([tuple(r) for r in cur.execute("SELECT title, dbl(year) FROM movie ORDER BY year")], con.execute("select mysum(score) from movie").fetchone()[0], cur.execute("select title from movie order by title collate rev").fetchall()[0]["title"])
with con: con.execute("update movie set score = :s where title = :t", {"s": 9, "t": "M"})
try:
    with con: con.execute("insert into nope values (1)")
except sqlite3.OperationalError as e: print(e)
con.executescript("create table t(a); insert into t values (1);"); con.text_factory = str
r = con.execute("select * from movie").fetchone(); print(r.keys(), r["score"], cur.description, cur.rowcount, cur.lastrowid, con.total_changes, con.in_transaction, list(con.iterdump())[:2], cur.fetchmany(1))
con2 = sqlite3.connect(":memory:", detect_types=sqlite3.PARSE_DECLTYPES, isolation_level=None); con.backup(con2); sqlite3.register_adapter(complex, str) ; con.close()
con2.execute("select count(*) from t").fetchone(), sqlite3.sqlite_version_info > (3,), sqlite3.complete_statement("select 1;")
# %% sqlite_read
import sqlite3
c = sqlite3.connect("file:../data/data.sqlite?mode=ro", uri=True)
c.execute("select * from t").fetchall()
# %% write_open
import os, io
with open("a.txt", "w") as f: print(f.write("one\n")); f.writelines(["two\n"]); print("three", file=f)
with open("a.txt", "a") as f: f.write("four")
with open("a.txt", "r+") as f: f.seek(0); f.write("O"); f.truncate(8)
with open("b.bin", "wb") as f: f.write(b"\0\1"); f.flush(); os.fsync(f.fileno())
with open("c.txt", "x") as f: f.write("c")
with io.open("d.txt", mode="w", encoding="utf-8") as f: f.write("é")
try: open("c.txt", "x")
except FileExistsError as e: print("exists")
os.makedirs("sub/deep", exist_ok=True); os.mkdir("one"); 
with open(os.path.join("sub", "deep", "f"), "w+") as f: f.write("x"); f.seek(0); print(f.read())
with open(os.path.abspath("abs.txt"), "w") as f: f.write("abs")
open("a.txt").read(), open("b.bin", "rb").read(), sorted(os.listdir(".")), open("d.txt", encoding="utf-8").read()
# %% write_pathlib
from pathlib import Path
p = Path("x.txt"); p.write_text("hi"); Path("y.bin").write_bytes(b"1"); Path("d/e").mkdir(parents=True, exist_ok=True); (Path("d") / "t").touch()
with p.open("a") as f: f.write("!")
with Path("z").open("w") as f: f.write("z")
(Path.cwd() / "cwd.txt").write_text("c", encoding="utf-8")
p.read_text(), sorted(x.name for x in Path(".").rglob("*"))
# %% write_formats
import csv, json, pickle, gzip, bz2, lzma, zipfile, tarfile, shelve, configparser, xml.etree.ElementTree as ET, marshal, codecs, plistlib
with open("a.csv", "w", newline="") as f: w = csv.writer(f); w.writerow([1, "x y"]); csv.DictWriter(f, ["k"]).writerow({"k": 2})
with open("a.json", "w") as f: json.dump({"k": [1]}, f, indent=1)
with open("a.pkl", "wb") as f: pickle.dump([1, {"a"}], f); pickle.Pickler(f).dump(2)
with gzip.open("a.gz", "wt") as f: f.write("gz")
with gzip.open("b.gz", "wb") as f: f.write(b"gz")
with bz2.open("a.bz2", "w") as f: f.write(b"bz")
with lzma.open("a.xz", "w") as f: f.write(b"xz")
with zipfile.ZipFile("a.zip", "w") as z: z.writestr("n", "1"); z.write("a.csv", arcname="q.csv")
with tarfile.open("a.tar.gz", "w:gz") as t: t.add("a.csv")
c = configparser.ConfigParser(); c["s"] = {"k": "v"}
with open("a.ini", "w") as f: c.write(f)
ET.ElementTree(ET.fromstring("<a/>")).write("a.xml")
with codecs.open("c.txt", "w", "utf-8") as f: f.write("é")
with open("a.plist", "wb") as f: plistlib.dump({"a": 1}, f)
with open("a.pkl", "rb") as f: print(pickle.load(f), pickle.load(f))
open("a.csv").read(), json.load(open("a.json")), gzip.open("a.gz", "rt").read(), bz2.open("a.bz2").read(), lzma.open("a.xz").read(), zipfile.ZipFile("a.zip").namelist(), tarfile.open("a.tar.gz").getnames(), open("a.ini").read(), open("a.xml").read()
# %% write_shutil
import shutil, os
shutil.copy("../data/text.txt", "copy.txt"); shutil.copyfile("../data/text.txt", "copy2.txt"); shutil.copy2("../data/text.txt", "."); shutil.copytree("../data/tree", "tree")
with open("../data/text.txt") as s, open("copy3", "w") as d: shutil.copyfileobj(s, d)
shutil.move("copy2.txt", "moved.txt"); shutil.make_archive("arch", "zip", "tree")
sorted(os.listdir(".")), sorted(os.listdir("tree")), shutil.which("nope-at-all"), shutil.disk_usage(".").total > 0
# %% write_sqlite
import sqlite3, os
c = sqlite3.connect("my.db"); c.execute("create table t(a)"); c.execute("insert into t values(1)"); c.commit(); c.close()
sqlite3.connect(os.path.abspath("my.db")).execute("select a from t").fetchall()
# %% write_logging
import logging, logging.handlers
h = logging.FileHandler("app.log"); h.setFormatter(logging.Formatter("%(levelname)s:%(name)s:%(message)s"))
log = logging.getLogger("ordinary"); log.addHandler(h); log.setLevel(logging.INFO); log.propagate = False
log.info("hi %s", "there"); log.debug("no"); log.warning("w")
r = logging.handlers.RotatingFileHandler("rot.log", maxBytes=30, backupCount=2); log.addHandler(r)
for i in range(4): log.info("message number %d", i)
h.close()
logging.basicConfig(filename="root.log", level=logging.INFO, force=True); logging.info("root")
import os
open("app.log").read(), sorted(os.listdir(".")), open("root.log").read()
# %% write_tempfile
import tempfile, os
with tempfile.NamedTemporaryFile("w+", dir=".", suffix=".t", delete=False) as f: f.write("x"); f.seek(0); print(f.read(), f.name.endswith(".t"))
d = tempfile.mkdtemp(dir="."); fd, name = tempfile.mkstemp(dir=d)
with os.fdopen(fd, "w") as f: f.write("q")
print(open(name).read(), os.path.isdir(d))
s = tempfile.SpooledTemporaryFile(); s.write(b"z"); s.seek(0)
s.read(), tempfile.gettempdir() != "", tempfile.gettempprefix()
# %% write_tempdir
import tempfile, os
with tempfile.TemporaryDirectory(dir=".") as d:
    with open(os.path.join(d, "f"), "w") as f: f.write("x")
    print(os.listdir(d))
with tempfile.TemporaryFile(dir=".") as f: f.write(b"x")
with tempfile.NamedTemporaryFile(dir=".") as f: f.write(b"x")
os.listdir(".")
# %% write_misc
import contextlib, io, os, dbm.dumb, shelve, mmap, pathlib
with open("out.txt", "w") as f, contextlib.redirect_stdout(f): print("to file")
with contextlib.ExitStack() as st: fs = [st.enter_context(open(f"f{i}", "w")) for i in range(2)]; [f.write("x") for f in fs]
class Writer:
    def __init__(self, path): self.f = open(path, "w")
    def __enter__(self): return self
    def __exit__(self, *a): self.f.close()
    def write(self, s): self.f.write(s)
with Writer("w.txt") as w: w.write("via class")
opener = open
with opener("alias.txt", "w") as f: f.write("a")
for name, text in {"p": "1", "q": "2"}.items(): pathlib.Path(name).write_text(text)
list(map(lambda n: pathlib.Path(n).write_text(n), ["m1", "m2"]))
sorted(os.listdir(".")), open("out.txt").read(), open("w.txt").read()
