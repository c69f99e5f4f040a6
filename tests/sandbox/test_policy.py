"""The policy classes, chk_dest, and the words of a refusal."""
import pytest

SETUP = "import io, os, pathlib\nfrom pathlib import Path\nfrom safepyrun import *\nfrom safepyrun import policies\nok, bad = {ok!r}, '/etc/evil.txt'\ndests = [ok]\n"
CHECK = """
def check(call):
    try:
        call()
    except PermissionError as e:
        return str(e)
    return 'permitted'
answer = check(lambda: {call})
"""


@pytest.fixture
def host(sandbox):
    "Evaluates host code: gives 'permitted' or the words of the refusal."
    (sandbox.home / "ok").mkdir()
    ok = str(sandbox.home / "ok")

    def evaluate(call):
        answer = sandbox.plain(setup=SETUP.format(ok=ok), after=CHECK.format(call=call))
        return eval(answer.value).replace(ok, "OK")
    return evaluate


REFUSED = "Dest '/etc/evil.txt' not allowed; permitted: ['OK']"


@pytest.mark.parametrize("call, said", [
    ("chk_dest(ok + '/a', dests)", "permitted"), ("chk_dest(bad, dests)", REFUSED), ("chk_dest(Path(bad), dests)", REFUSED), ("chk_dest(ok, dests)", "permitted"),
    ("chk_dest(os.fsencode(bad), dests)", REFUSED), ("chk_dest(p=bad, ok_dests=dests)", REFUSED), ("chk_dest(ok + '/../a', dests)", "Dest 'OK/../a' not allowed; permitted: ['OK']"),
    ("chk_dest(ok + 'x', dests)", "Dest 'OKx' not allowed; permitted: ['OK']"), ("chk_dest(bad, None)", "Dest '/etc/evil.txt' not allowed; permitted: []"),
    ("chk_dest(bad, [])", "Dest '/etc/evil.txt' not allowed; permitted: []"), ("chk_dest(bad, ['/tmp'])", "Dest '/etc/evil.txt' not allowed; permitted: ['/tmp']"),
    ("chk_dest('/tmp/../etc/evil.txt', ['/tmp'])", "Dest '/tmp/../etc/evil.txt' not allowed; permitted: ['/tmp']"), ("chk_dest('ok/a', ['.'])", "permitted"),
    ("chk_dest('../a', ['.'])", "Dest '../a' not allowed; permitted: ['.']"), ("chk_dest(ok + '/a', ['/'])", "permitted"), ("chk_dest(bad, ('/etc',))", "permitted"),
    ("chk_dest(bad, ['/tmp', '/var'])", "Dest '/etc/evil.txt' not allowed; permitted: ['/tmp', '/var']"), ("chk_dest('', dests)", "Dest '' not allowed; permitted: ['OK']"),
    ("chk_dest(ok + '/a', [Path(ok)])", "permitted"), ("chk_dest(ok + '/a', [ok + '/'])", "permitted"), ("chk_dest(ok + '/a/b/c', dests)", "permitted"),
])
def test_chk_dest(host, call, said):
    assert host(call) == said


@pytest.mark.parametrize("call, said", [
    ("PosAllowPolicy(1, 'dst')(None, ['src', ok + '/a'], {}, dests)", "permitted"),
    ("PosAllowPolicy(1, 'dst')(None, ['src', bad], {}, dests)", REFUSED),
    ("PosAllowPolicy(1, 'dst')(None, ['src'], {'dst': bad}, dests)", REFUSED),
    ("PosAllowPolicy(1, 'dst')(None, ('src', bad), {}, dests)", REFUSED),
    ("PosAllowPolicy(1, 'dst')(None, [], {'dst': bad, 'src': 'x'}, dests)", REFUSED),
    ("PosAllowPolicy(pos=0, kw='fname')(None, [bad], {}, dests)", REFUSED),
    ("PosAllowPolicy()(None, [bad], {}, dests)", REFUSED),
    ("PosAllowPolicy(1)(None, [bad, ok], {}, dests)", "permitted"),
    ("PosAllowPolicy(1, 'dst')(None, [], {}, dests)", "permitted"),
    ("PosAllowPolicy(0, 'f')(None, [io.BytesIO()], {}, dests)", "permitted"),
    ("PosAllowPolicy(0, 'f')(None, [Path(bad)], {}, dests)", REFUSED),
    ("PosAllowPolicy(0, 'f')(None, [b'/etc/evil.txt'], {}, dests)", REFUSED),
    ("PosAllowPolicy(0, 'f')(None, [ok], {'f': bad}, dests)", REFUSED),
    ("PathWritePolicy()(Path(ok, 'a'), [], {}, dests)", "permitted"),
    ("PathWritePolicy()(Path(bad), [], {}, dests)", REFUSED),
    ("PathWritePolicy(0, 'target')(Path(ok, 'a'), [bad], {}, dests)", REFUSED),
    ("PathWritePolicy(0, 'target')(Path(ok, 'a'), [], {'target': bad}, dests)", REFUSED),
    ("PathWritePolicy(target_pos=0, target_kw='target')(Path(bad), [ok + '/a'], {}, dests)", REFUSED),
    ("PathWritePolicy(0, 'target')(Path(ok, 'a'), [ok + '/b'], {}, dests)", "permitted"),
    ("PathWritePolicy()(Path(ok, 'a'), [bad], {}, dests)", "permitted"),
    ("OpenWritePolicy()(None, [bad], {}, dests)", "permitted"),
    ("OpenWritePolicy()(None, [bad, 'r'], {}, dests)", "permitted"),
    ("OpenWritePolicy()(None, [bad, 'rb'], {}, dests)", "permitted"),
    ("OpenWritePolicy()(None, [bad, 'w'], {}, dests)", REFUSED),
    ("OpenWritePolicy()(None, [bad, 'rb+'], {}, dests)", REFUSED),
    ("OpenWritePolicy()(None, [bad], {'mode': 'a'}, dests)", REFUSED),
    ("OpenWritePolicy()(None, [], {'file': bad, 'mode': 'x'}, dests)", REFUSED),
    ("OpenWritePolicy()(None, [ok + '/a', 'w'], {}, dests)", "permitted"),
    ("OpenWritePolicy()(None, [3, 'w'], {}, dests)", "permitted"),
    ("OpenWritePolicy()(Path(bad), ['w'], {}, dests)", REFUSED),
    ("OpenWritePolicy()(Path(bad), [], {}, dests)", "permitted"),
    ("OpenWritePolicy()(Path(bad), [], {'mode': 'wb'}, dests)", REFUSED),
])
def test_the_policies(host, call, said):
    assert host(call) == said


@pytest.mark.parametrize("expression", [
    "WritePolicy is AllowPolicy", "PosWritePolicy is PosAllowPolicy", "issubclass(PathWritePolicy, AllowPolicy)", "issubclass(OpenWritePolicy, WritePolicy)",
    "PosAllowPolicy(1, 'dst') == PosWritePolicy(1, 'dst')", "PosAllowPolicy(1) != PosAllowPolicy(2)", "PathWritePolicy() != OpenWritePolicy()",
    "len({AllowPolicy(), AllowPolicy(), PosAllowPolicy(1), PosAllowPolicy(1)}) == 2", "repr(PosAllowPolicy(1, 'dst')) == \"PosAllowPolicy(pos=1, kw='dst')\"",
    "hash(PosAllowPolicy(1)) == hash(PosAllowPolicy(1))", "callable(AllowPolicy())",
])
def test_policies_are_values_with_older_names(sandbox, expression):
    assert sandbox.plain(setup=SETUP.format(ok="x"), after=f"answer = {expression}").value == "True"


def test_the_base_must_be_told_what_to_do(sandbox):
    after = "try:\n    AllowPolicy()(None, [], {}, [])\nexcept NotImplementedError as e:\n    answer = str(e)"
    assert "does not define __call__" in sandbox.plain(setup=SETUP.format(ok="x"), after=after).value


@pytest.mark.parametrize("code", ["open('/etc/evil.txt', 'w')", "open(file='/etc/evil.txt', mode='w')", "Path('/etc/evil.txt').write_text('')", "Path('/etc/evil.txt').open('a')",
                                  "os.mkdir('/etc/evil.txt')", "list(map(os.mkdir, ['/etc/evil.txt']))", "os.makedirs('/etc/evil.txt')", "import shutil\nshutil.copy('/etc/hostname', '/etc/evil.txt')",
                                  "import shutil\nshutil.copyfile('/etc/hostname', dst='/etc/evil.txt')", "import io\nio.FileIO('/etc/evil.txt', 'w')", "import sqlite3\nsqlite3.connect('/etc/evil.txt')",
                                  "import logging\nlogging.FileHandler('/etc/evil.txt')", "import gzip\ngzip.open('/etc/evil.txt', 'w')", "os.open('/etc/evil.txt', os.O_WRONLY | os.O_CREAT)",
                                  "import functools\nfunctools.partial(open, '/etc/evil.txt')('w')", "import contextlib\ncontextlib.ExitStack().enter_context(open('/etc/evil.txt', 'w'))",
                                  "Path('/etc/evil.txt').mkdir()", "Path('/etc/evil.txt').touch()", "exec(\"open('/etc/evil.txt', 'w')\")", "print(1, file=open('/etc/evil.txt', 'w'))"])
def test_a_refused_write_names_the_place_and_what_is_permitted(sandbox, code):
    error = sandbox.refusal("import os\nfrom pathlib import Path\n" + code, ok_dests=["/tmp"])
    assert error.text == "Dest '/etc/evil.txt' not allowed; permitted: ['/tmp']"
    assert error.kind == "write"
    assert sandbox.refusal("import os\nfrom pathlib import Path\n" + code).text == "Dest '/etc/evil.txt' not allowed; permitted: []"


def test_a_policy_sees_the_object_the_arguments_and_the_destinations(sandbox):
    setup = ("import safepyrun\nseen = []\nclass Tool:\n    def save(self, *a, **k): return 'saved'\n    @staticmethod\n    def make(*a): return 'made'\n"
             "def free(*a, **k): return 'free'\nclass See(safepyrun.AllowPolicy):\n    def __call__(self, obj, args, kwargs, ok_dests):\n"
             "        seen.append((type(obj).__name__, list(args), dict(kwargs), list(ok_dests)))\n"
             "safepyrun.allow({Tool: [('save', See())]}, (free, See()))\ntool = Tool()\n")
    code = "tool.save(1, k=2), free('x'), type(tool).save(tool, 3), list(map(tool.save, [4])) if 0 else 0"
    answer = sandbox.run(code, setup=setup, ok_dests=["/tmp"], after="answer = seen, error")
    assert answer.value == repr(([("Tool", [1], {"k": 2}, ["/tmp"]), ("NoneType", ["x"], {}, ["/tmp"]), ("Tool", [3], {}, ["/tmp"])], None))


@pytest.mark.parametrize("raised, seen", [("PermissionError('mine')", ("Denied", "mine")), ("ValueError('bad')", ("ValueError", "bad")), ("KeyboardInterrupt()", ("KeyboardInterrupt", ""))])
def test_what_a_policy_raises_ends_the_call(sandbox, raised, seen):
    setup = ("import safepyrun\ncalled = []\ndef tool(): called.append(1)\nclass No(safepyrun.AllowPolicy):\n    def __call__(self, *a):\n"
             f"        raise {raised}\nsafepyrun.allow((tool, No()))\n")
    answer = sandbox.run("tool()", setup=setup, after="answer = called")
    assert (answer.error.type, answer.error.text) == seen and answer.value == "[]"


ALIKE = {
    "a method of an instance": ("import random", "random.random", "other = random.Random(1)\nfor _ in range(3): other.random()"),
    "a function under lru_cache": ("import functools\n@functools.lru_cache\ndef held(): return 1\n@functools.lru_cache\ndef free(): return 2", "held", "for _ in range(3): free()"),
    "a partial": ("import functools, operator", "operator.neg", "p = functools.partial(operator.pos, 1)\nfor _ in range(3): p()\nheld = functools.partial(operator.neg, 1)"),
}


@pytest.mark.parametrize("made, held, others", ALIKE.values(), ids=ALIKE)
def test_what_others_of_its_kind_may_does_not_pass_by_their_verdict(sandbox, made, held, others):
    "Instances of one C type are judged together, but for those that somebody named."
    setup = (f"import safepyrun\n{made}\nclass No(safepyrun.AllowPolicy):\n    def __call__(self, *a):\n        raise PermissionError('mine')\n"
             f"safepyrun.allow(({held}, No()))\n" + ("safepyrun.allow(free)\n" if "free" in made else ""))
    call = "held()" if "held" in others else held + "()"
    assert sandbox.refusal(f"import functools, operator, random\n{others}\n{call}", setup=setup).text == "mine"


SERVER = """
import http.server, threading
class Handler(http.server.BaseHTTPRequestHandler):
    table = b"a,b\\n1,2\\n3,4\\n"
    def do_GET(self):
        part, first = self.table, 0
        if "Range" in self.headers: # polars 2 asks how long it is, and for parts
            first, last = (int(at or len(part)) for at in self.headers["Range"].removeprefix("bytes=").split("-"))
            part = part[first:last + 1]
        self.send_response(206 if "Range" in self.headers else 200)
        self.send_header("Content-Length", str(len(part)))
        self.send_header("Content-Range", f"bytes {first}-{first + len(part) - 1}/{len(self.table)}")
        self.end_headers()
        if self.command == "GET": self.wfile.write(part)
    do_HEAD = do_GET
    def log_message(self, *args): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = "http://127.0.0.1:%d/table.csv" % server.server_port
"""


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_tables_are_read_from_the_web_and_nothing_else_connects(sandbox, library):
    if sandbox.run(f"import {library}", plain=True).error:
        pytest.skip("needs " + library)
    assert sandbox.value(f"import {library}\n{library}.read_csv(url).shape", setup=SERVER) == "(2, 2)"
    converter = f"import pandas, socket\npandas.read_csv(url, converters={{'a': lambda text: socket.create_connection(url.split('/')[2].split(':')).sendall(b'DELETE / HTTP/1.1')}})"
    assert library != "pandas" or sandbox.refusal(converter, setup=SERVER).kind == "effect"


def test_joblib_does_one_job_after_the_other_where_it_would_start_processes(sandbox):
    if sandbox.run("import joblib", plain=True).error:
        pytest.skip("needs joblib")
    jobs = "joblib.Parallel(n_jobs=2{})(joblib.delayed(os.getpid)() for _ in range(4)) == [os.getpid()] * 4"
    for backend in ("", ", backend='multiprocessing'"):
        assert sandbox.value("import joblib, os\n" + jobs.format(backend)) == "True"
    assert sandbox.value("import warnings; warnings.simplefilter('error')\n"
                         "from joblib import cpu_count\ncpu_count(only_physical_cores=True) > 0") == "True"
