"""Files for the programs to read, in a directory that they may not write to."""
import bz2
import gzip
import io
import lzma
import mailbox
import os
import sqlite3
import tarfile
import zipfile

TEXT = "one\ntwo\nthree\n"


def make(path):
    "Make the directory `path` (../data to a program) and what is in it."
    os.makedirs(path)
    name = lambda part: os.path.join(path, part)
    with open(name("text.txt"), "w", encoding="utf-8") as file:
        file.write(TEXT)
    with open(name("table.csv"), "w", encoding="utf-8") as file:
        file.write("name,qty,price\napple,3,0.5\npear,2,0.75\nfig,10,0.1\n")
    with open(name("conf.ini"), "w", encoding="utf-8") as file:
        file.write("[server]\nhost = localhost\nport = 80\n")
    with open(name("data.json"), "w", encoding="utf-8") as file:
        file.write('{"a": [1, 2, {"b": null}], "c": 1.5}')
    with open(name("data.toml"), "w", encoding="utf-8") as file:
        file.write('[tool]\nname = "x"\nvals = [1, 2]\n')
    with open(name("data.xml"), "w", encoding="utf-8") as file:
        file.write("<root><item id='1'>a</item><item id='2'>b</item></root>")
    for module, ending in ((gzip, "gz"), (bz2, "bz2"), (lzma, "xz")):
        with module.open(name("text." + ending), "wt", encoding="utf-8") as file:
            file.write(TEXT)
    with zipfile.ZipFile(name("all.zip"), "w") as archive:
        archive.writestr("text.txt", TEXT)
        archive.writestr("sub/more.txt", "more")
    with tarfile.open(name("all.tar.gz"), "w:gz") as archive:
        info = tarfile.TarInfo("text.txt")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT.encode()))
    box = mailbox.mbox(name("mail.mbox"))
    box.add("From: a@example.org\nSubject: first\n\nhello\n")
    box.add("From: b@example.org\nSubject: second\n\nbye\n")
    box.close()
    connection = sqlite3.connect(name("data.sqlite"))
    connection.execute("create table t(a, b)")
    connection.executemany("insert into t values (?, ?)", [(1, "x"), (2, "y")])
    connection.commit()
    connection.close()
    os.makedirs(name("tree/inner"))
    for part in ("tree/a.py", "tree/b.txt", "tree/inner/c.py"):
        with open(name(part), "w", encoding="utf-8") as file:
            file.write("x = 1\n")
