"""What a refusal of RunPython names is run as it stands by the host program, and then the code runs."""
import json
import os
import subprocess
import sys
import textwrap

import pytest

# name: (before, in the host program; the code that is refused; what its remedy begins with)
CALLS = {
    "a program": ("import os", "os.system('true')", "allow('os.system')"),
    "a program by a name": ("from subprocess import run", "run(['true']).returncode", "allow('subprocess.run')"),
    "a function handed to a library": ("import hosts", "list(map(hosts.mapped, 'ab'))", "allow('hosts.mapped')"),
    "a program kept in a dict": ("import subprocess\nkept = {'f': subprocess.check_output}", "kept['f'](['true'])", "allow('subprocess.check_output')"),
    "a function of the host's": ("import hosts", "hosts.work()", "allow('hosts.work')"),
    "a function by a name": ("from hosts import by_name", "by_name()", "allow('hosts.by_name')"),
    "a method": ("import hosts\nthing = hosts.Thing()", "thing.method()", "allow('hosts.Thing.method')"),
    "a class method": ("import hosts", "hosts.Made.make()", "allow('hosts.Made.make')"),
    "a class": ("import hosts", "hosts.Called()", "allow('hosts.Called')"),
    "a decorator": ("import hosts", "@hosts.decorate\ndef f(): return 1\nf()", "allow('hosts.decorate')"),
    "a debugger": ("", "import pdb\npdb.Pdb(stdin=open('/dev/null'), stdout=open('/dev/null'))", "allow('pdb.Pdb')"),
    "signals to processes": ("import os", "os.kill(os.getpid(), 0)", "allow('os.kill')"),
    "an unlisted library": ("import fqdn", "fqdn.FQDN('example.org').is_valid", "allow('fqdn"),
}
WRITES = {
    "open": "open('made', 'w').write('effect')",
    "a path": "import pathlib\npathlib.Path('path').write_text('effect')",
    "a folder": "import os\nos.mkdir('folder')",
    "a folder below one that is missing": "import os\nos.makedirs('deep/er')",
    "remove": "import os\nos.remove('victim')",
    "rename": "import os\nos.rename('victim2', 'renamed')",
    "a tree": "import shutil\nshutil.rmtree('tree')",
    "a copy": "import shutil\nshutil.copy('victim3', 'copy')",
    "a table": "import pandas as pd\npd.DataFrame({'a': [1]}).to_csv('t.csv')",
    "an array": "import numpy as np\nnp.save('a.npy', np.arange(3))",
    "a figure": "import matplotlib; matplotlib.use('agg')\nimport matplotlib.pyplot as plt\nplt.plot([1])\nplt.savefig('f.png')",
    "a database": "import sqlite3\nc = sqlite3.connect('d.db')\nc.execute('create table t (a)')",
    "a zip": "import zipfile\nzipfile.ZipFile('z.zip', 'w').close()",
    "a log": "import logging\nlogging.FileHandler('log.txt').close()",
    "a folder with blanks": "open('a folder/file', 'w').close()",
    "a folder with a quote": "open(\"it's/file\", 'w').close()",
    "a folder with both quotes": "open('it\\'s \"so\"/file', 'w').close()",
    "a folder with a backslash": "open('back\\\\slash/file', 'w').close()",
    "by descriptor": "import os\nos.close(os.open('fd', os.O_WRONLY | os.O_CREAT))",
    "a link": "import os\nos.symlink('victim', 'link')",
}
STORES = {
    "an attribute of an object": ("import hosts\nthing = hosts.Kept()", "thing.value = 3\nthing.value", "allow_write_types(hosts.Kept)"),
    "an item": ("import hosts\nbox = hosts.Box()", "box['a'] = 3\nbox['a']", "allow_write_types(hosts.Box)"),
    "by setattr": ("import hosts\nother = hosts.Other()", "setattr(other, 'value', 3)\nother.value", "allow_write_types(hosts.Other)"),
    "in a loop": ("import hosts\nlooped = hosts.Looped()", "for looped.value in 'ab': pass\nlooped.value", "allow_write_types(hosts.Looped)"),
}
# Its remedy is a sentence: what it says, as a host program does it.
OWN = "a function of your own that does it, and allow(function)"
SENTENCES = {
    "the environment": ("import os", "os.environ['PATH'] = '/bin'", "def set_path(): os.environ['PATH'] = '/bin'\nallow(set_path)", "set_path()"),
    "reflection": ("def f(): pass", "f.__globals__", "def names_of_f(): return sorted(f.__globals__)\nallow(names_of_f)", "bool(names_of_f())"),
}

HOSTS = '''
def work(): return 5
def by_name(): return 6
def mapped(x): return x
def decorate(f): return f
class Thing:
    def method(self): return 1
class Made:
    @classmethod
    def make(cls): return 2
class Called:
    def __init__(self): self.value = 1
class Kept: pass
class Other: pass
class Looped: pass
class Box:
    def __init__(self): self.kept = {}
    def __setitem__(self, key, value): self.kept[key] = value
    def __getitem__(self, key): return self.kept[key]
'''

# A host program: for each case what was refused, its remedy, and what became of the code after it.
PROGRAM = '''
import asyncio, json, sys
sys.path.insert(0, ".")
from safepyrun import Denied, RunPython, allow, allow_write_types
for name, before, code, instead in json.load(open("cases.json")):
    names = {"__name__": "__main__", "allow": allow, "allow_write_types": allow_write_types, "RunPython": RunPython}
    exec(before, names)
    result = {"name": name, "remedy": None, "after": None}
    runner = RunPython(g=names)
    try:
        asyncio.run(runner(code))
        result["after"] = "was not refused"
    except Denied as refusal:
        result["remedy"] = refusal.remedy
        try:
            if instead:
                exec(instead[0], names)
                asyncio.run(runner(instead[1]))
            else:
                given = eval(refusal.remedy, names)
                asyncio.run((given if isinstance(given, RunPython) else runner)(code))
            result["after"] = "ran"
        except BaseException as error:
            result["after"] = f"{type(error).__name__}: {error}"
    print(json.dumps(result))
'''


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    "What the host program says of each case."
    folder = tmp_path_factory.mktemp("remedies")
    for name in ("a folder", "it's", 'it\'s "so"', "back\\slash", "tree/inner"):
        (folder / name).mkdir(parents=True)
    for name in ("victim", "victim2", "victim3"):
        (folder / name).write_text("x")
    (folder / "hosts.py").write_text(textwrap.dedent(HOSTS))
    cases = [(name, before, code, None) for table in (CALLS, STORES) for name, (before, code, _) in table.items()]
    cases += [(name, "", code, None) for name, code in WRITES.items()]
    cases += [(name, before, code, (does, calls)) for name, (before, code, does, calls) in SENTENCES.items()]
    (folder / "cases.json").write_text(json.dumps(cases))
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=folder, capture_output=True, text=True,
                          env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "HOME": str(folder)})
    assert done.returncode == 0, done.stderr
    return {said["name"]: said for said in map(json.loads, done.stdout.splitlines()[-len(cases):])} | {"folder": folder}


@pytest.mark.parametrize("name", [*CALLS, *STORES])
def test_a_call_or_a_store_runs_after_its_remedy(results, name):
    *_, begins = (CALLS | STORES)[name]
    assert results[name]["remedy"].startswith(begins) and results[name]["after"] == "ran"


@pytest.mark.parametrize("name", WRITES)
def test_a_write_runs_after_its_remedy(results, name):
    assert results[name]["remedy"].startswith("RunPython(ok_dests=[") and results[name]["after"] == "ran"


@pytest.mark.parametrize("name", SENTENCES)
def test_a_sentence_says_what_works(results, name):
    assert results[name]["remedy"] in (OWN, None) and results[name]["after"] == "ran"


def test_the_effects_are_there(results):
    folder = results["folder"]
    assert (folder / "made").read_text() == "effect" and not (folder / "tree").exists() and not (folder / "victim2").exists()
    assert (folder / "it's" / "file").exists() and (folder / 'it\'s "so"' / "file").exists() and (folder / "back\\slash" / "file").exists()
