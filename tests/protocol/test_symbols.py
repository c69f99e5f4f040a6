"""What extension modules find in the worker before they look into their own libraries: CPython, and nothing else."""
import re
import subprocess
import sys

import pytest

from built import BUILD

WORKERS = sorted(BUILD.glob("safepyrun-worker-*"))
# The C library's own (copied into the program), and what the linker and the sanitizers put in.
COMMON = re.compile(r"_?Py|(__environ|_?environ|optarg|optind|opterr|optopt|std(in|out|err)|signgam|__?[a-z_]*tz[a-z_]*)(@.*)?$|__gmon_start__"
                    r"|_init$|_fini$|_IO_stdin_used|__data_start|data_start|_edata|_end|__bss_start|main$|_start$|__(asan|ubsan|lsan|sanitizer|interceptor)")


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("worker", WORKERS, ids=lambda worker: worker.name)
def test_only_cpythons_symbols_are_seen(worker):
    names = [line.split()[-1] for line in output("nm", "-D", "--defined-only", worker).splitlines()]
    assert names and [name for name in names if not COMMON.match(name)] == []


@pytest.mark.parametrize("worker", WORKERS, ids=lambda worker: worker.name)
def test_no_other_library_comes_with_the_program(worker):
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "-d", worker))
    assert needed and [name for name in needed if not re.match(r"lib(c|m|dl|pthread|util|rt|python\d.*|asan|ubsan|lsan|gcc_s|stdc\+\+)\.so|ld-", name)] == []


# A file that GDAL writes by its own SQLite.
POINTS = ("%%trusted\nimport geopandas, os, shapely, tempfile\npath = os.path.join(tempfile.mkdtemp(), 'points.gpkg')\n"
          "geopandas.GeoDataFrame({'a': [1]}, geometry=[shapely.Point(1, 2)], crs=4326).to_file(path, driver='GPKG')\n")


def test_gdal_finds_its_own_json(start):
    "It has a json_object_get of its own, which the worker's once took the place of."
    pytest.importorskip("pyogrio", reason="tests/requirements-packs.txt")
    kernel = start("--magics", "open", "--python", sys.executable)
    cell = kernel.run(f"{POINTS}geopandas.read_file(path).geometry[0].wkt")
    assert cell.reply["status"] == "ok" and cell.plain == "'POINT (1 2)'"


def test_other_sqlites_and_another_zmq_work_beside_the_kernel(start):
    "Python's own sqlite3, the one within GDAL's wheel, and pyzmq's libzmq: each finds what it was made for, in one process."
    pytest.importorskip("pyogrio", reason="tests/requirements-packs.txt")
    versions = "import sqlite3, zmq\nprint(sqlite3.sqlite_version, zmq.zmq_version())"
    kernel = start("--magics", "open", "--python", sys.executable)
    cell = kernel.run(f"{POINTS}import sqlite3\nsqlite3.connect(path).execute('select a, count(*) from points').fetchall()")
    assert cell.reply["status"] == "ok" and cell.plain == "[(1, 1)]"
    cell = kernel.run("%%trusted\nimport zmq\ncontext = zmq.Context()\npull, push = context.socket(zmq.PULL), context.socket(zmq.PUSH)\n"
                      "port = pull.bind_to_random_port('tcp://127.0.0.1')\npush.connect(f'tcp://127.0.0.1:{port}')\npush.send(b'there')\n"
                      "got = pull.recv()\ncontext.destroy()\ngot")
    assert cell.reply["status"] == "ok" and cell.plain == "b'there'"
    assert kernel.run(versions).stream() == output(sys.executable, "-c", versions)
