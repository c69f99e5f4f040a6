"""Each pack against the library that it describes, and the compiler's messages for bad packs."""
import builtins, re, subprocess, sys, tomllib

import pytest
from built import ROOT

POLICIES = ROOT / "policies"
PACKS = sorted(path.stem for path in POLICIES.glob("*.toml"))


def compile_pack(tmp_path, text):
    pack = tmp_path / "some.toml"
    pack.write_text(text, "utf-8")
    return subprocess.run([sys.executable, "-S", POLICIES / "compile.py", "--output", tmp_path / "packs.c", pack],
                          capture_output=True, text=True)


@pytest.mark.parametrize("pack", PACKS)
def test_every_name_of_a_pack_resolves(pack, tmp_path):
    result = subprocess.run([sys.executable, "-B", "-W", "ignore", POLICIES / "audit", pack], cwd=tmp_path,
                            capture_output=True, text=True, env={"MPLBACKEND": "agg", "HOME": str(tmp_path)})
    assert (result.returncode, result.stdout) == (0, ""), result.stdout + result.stderr


def test_audit_tells_a_name_that_is_gone(tmp_path):
    (tmp_path / "json.toml").write_text('modules = ["json"]\ngated = ["json.dumps", "json.dupms"]\n')
    result = subprocess.run([sys.executable, POLICIES / "audit", "--path", tmp_path, "json"],
                            capture_output=True, text=True)
    assert (result.returncode, result.stdout) == (1, "json: gone json.dupms\n")


def test_audit_lists_writers_that_no_entry_names(tmp_path):
    (tmp_path / "shutil.toml").write_text('modules = ["shutil"]\ngated = ["shutil.**"]\n[deny]\n"shutil.copy" = "no"\n')
    (tmp_path / "pickle.toml").write_text('modules = ["pickle"]\ngated = ["pickle.**"]\n')
    result = subprocess.run([sys.executable, POLICIES / "audit", "--path", tmp_path, "--writers", "pickle"],
                            capture_output=True, text=True)
    assert "pickle: writer pickle.dump\n" in result.stdout


@pytest.mark.parametrize("text, line, words", [
    ('modules = ["a"]\ngated = [', 2, "Invalid value"),
    ('modules = ["a"]\ngrated = ["a.b"]\n', 2, "unknown key 'grated'"),
    ('modules = ["a"]\ngated = ["a.b"]\npure = ["a.b"]\n', 2, "listed twice"),
    ('modules = ["a"]\ngated = ["a-b"]\n', 2, "no dotted name"),
    ('modules = ["a"]\n[write]\n"a.b" = {at = 0, what = 1}\n', 3, "unknown key 'what'"),
    ('modules = ["a"]\n[write]\n"a.b" = {}\n', 3, "where the destination is"),
    ('modules = ["a"]\n[write]\n"a.b" = {as = 5}\n', 3, "'as' of a.b must be a name"),
    ('modules = ["a"]\n[write]\n"a.b" = {at = 0, mode_as = 5}\n', 3, "'mode_as' of a.b must be a name"),
    ('modules = ["a"]\n[write]\n"a.b" = {at = 0, mode = 1, default = 5}\n', 3, "'default' of a.b must be"),
    ('modules = ["a"]\n[write]\n"a.b" = {at = "0"}\n', 3, "'at' of a.b must be"),
    ('modules = ["a"]\n[write]\n"a.b" = {self = 1}\n', 3, "'self' of a.b must be true or false"),
    ('modules = ["a"]\n[write]\n"a.b" = {self = true, never = "x"}\n', 3, "'never' of a.b must be true or false"),
    ('modules = ["a"]\n[write]\n"a.b" = {self = true, never = true}\n', 3, "'never' needs 'mode'"),
    ('modules = ["a"]\n[write]\n"a.b" = {self = true, at = 1}\n', 3, "exclude each other"),
    ('modules = ["a"]\n[write]\n"a.b" = 5\n', 3, "must be a table"),
    ('modules = ["a"]\n[deny]\n"a.b" = ""\n', 3, "say why"),
    ('modules = ["a"]\noptional = ["a.b"]\n', 2, "not listed"),
    ('modules = ["a"]\nnative = ["a.b"]\ngated = ["a.b"]\n', 2, "not denied"),
    ('modules = ["a"]\n[covers]\n"a.b" = "exec"\n', 3, "list of builtins' names"),
    ('modules = ["a"]\n[stores]\n"a.b" = "all"\n', 3, "any, told, new or a list"),
    ('modules = ["a"]\n[frames]\n"a.b" = "sees"\n', 3, "fills or reads"),
    ('modules = ["a"]\n[instead]\n"a.b" = {at = 1, value = 1}\n', 3, "at = ..., as = ..., value"),
    ('modules = ["a"]\n[instead]\n"a.b" = {at = 1, as = "c", value = 1, object = "d"}\n', 3, "at = ..., as = ..., value"),
    ('modules = ["a"]\ncompiled = "a"\n', 2, "must be a list of strings"),
    ('modules = ["a"]\n[held]\n"a.b" = ""\n', 3, "say why it is denied"),
    ('modules = ["a"]\n[write]\n"a.b" = {at = 0, unless = "memory"}\n', 3, "'unless' of a.b must be a list"),
    ('modules = ["a"]\n[source]\n"a.b" = {at = 0, back = false}\n', 3, "say which argument is the function"),
    ('modules = ["a"]\n[byproducts]\n"a.b" = {at = 0}\n', 3, "key = ..."),
])
def test_a_bad_pack_is_told_with_its_line(tmp_path, text, line, words):
    result = compile_pack(tmp_path, text)
    assert result.returncode == 1
    assert f"some.toml:{line}:" in result.stderr and words in result.stderr
    assert not (tmp_path / "packs.c").exists()


def test_entries_are_sorted_as_strcmp_does(tmp_path):
    assert compile_pack(tmp_path, 'modules = ["a"]\ngated = ["a.b", "a.B", "a._b", "a.**", "a.b.c"]\n').returncode == 0
    names = [line.split('"')[1] for line in (tmp_path / "packs.c").read_text().splitlines() if "GRADE_GATED" in line]
    assert names == sorted(names, key=str.encode) and len(names) == 5


@pytest.mark.parametrize("terms, kind", [
    ("{at = 0}", "POLICY_POSITION"), ("{as = 'file'}", "POLICY_POSITION"), ("{at = 0, mode = 1}", "POLICY_OPEN"),
    ("{self = true}", "POLICY_SELF"), ("{self = false, at = 0}", "POLICY_POSITION"),
    ("{at = 0, mode = 1, never = true}", "POLICY_NEVER_WRITE"), ("{self = true, mode = 0, never = true}", "POLICY_NEVER_WRITE"),
    ("{self = true, mode = 0, never = false}", "POLICY_SELF"), ("{mode_as = 'mode', never = true}", "POLICY_NEVER_WRITE"),
])
def test_each_policy_is_what_it_says(tmp_path, terms, kind):
    result = compile_pack(tmp_path, f'modules = ["a"]\n[write]\n"a.b" = {terms}\n')
    assert result.returncode == 0, result.stderr
    assert f"{{{kind}, " in (tmp_path / "packs.c").read_text()


def test_what_a_pack_knows_beside_callables_is_compiled(tmp_path):
    assert compile_pack(tmp_path, """modules = ["a"]
functions = ["fast"]
compiled = ["made"]
generated = ["<a "]
instruments = ["profiler"]
[byproducts]
"a.l" = {at = 3, as = "dir"}
"a.m" = {at = 0, key = "dir"}
[covers]
"a.{b,c}" = ["exec"]
[stores]
"a.d" = ["x"]
"a.e" = "any"
"a.f" = "told"
"a.g" = "new"
[frames]
"a.h" = "fills"
"a.i" = "reads"
[instead]
"a.k" = {at = 2, as = "n", value = 1}
"a.n" = [{at = 0, as = "text", value = "t"}, {at = 1, as = "none"}]
"a.o" = {at = 1, as = "kind", object = "b.Kind"}
""").returncode == 0
    text = (tmp_path / "packs.c").read_text().split("pack_fact covers[]")[1]
    rows = [line.strip() for line in text.splitlines() if line.startswith("    {") and "{NULL, NULL" not in line]
    assert rows == ['{"a.b", "exec", -1, NULL, 0, NULL},', '{"a.c", "exec", -1, NULL, 0, NULL},', '{"a.d", "x", -1, NULL, 0, NULL},',
                    '{"a.e", NULL, -1, NULL, 0, NULL},', '{"a.f", NULL, -1, NULL, 0, NULL},', '{"a.g", NULL, -1, NULL, 0, NULL},',
                    '{"a.h", NULL, -1, NULL, 0, NULL},', '{"a.i", NULL, -1, NULL, 0, NULL},',
                    '{NULL, "a.k", 2, "n", 1, NULL},',
                    '{NULL, "a.n", 0, "text", 0, "t"},', '{NULL, "a.n", 1, "none", PACK_NOTHING, NULL},', '{NULL, "a.o", 1, "kind", PACK_OBJECT, "b.Kind"},',
                    '{NULL, "a.l", 3, "dir", 0, NULL},', '{NULL, "a.m", 0, "dir", 1, NULL},', '{NULL, "fast", -1, NULL, 0, NULL},', '{NULL, "made", -1, NULL, 1, NULL},',
                    '{NULL, "<a ", -1, NULL, 0, NULL},', '{"profiler", NULL, -1, NULL, 0, NULL},']


def test_what_is_held_is_denied_with_a_mark_and_what_is_known_alone_needs_no_modules(tmp_path):
    text = 'modules = ["a"]\n[deny]\n"a.b" = "no"\n[held]\n"a.c" = "writes"\n[source]\n"a.d" = {at = 0}\n"a.e" = {at = 1, back = true}\n'
    assert compile_pack(tmp_path, text).returncode == 0
    text = (tmp_path / "packs.c").read_text()
    assert '{"a.b", GRADE_DENY, NULL, "no", false},' in text and '{"a.c", GRADE_DENY, NULL, "writes", true},' in text
    assert "{POLICY_SOURCE, 0," in text and "{POLICY_GUARDED, 1," in text
    assert compile_pack(tmp_path, 'instruments = ["profiler"]\n').returncode == 0
    assert compile_pack(tmp_path, 'gated = ["a.b"]\n').returncode == 1


def test_what_is_known_of_a_library_stands_in_its_pack_not_in_c():
    modules = {module for pack in PACKS if pack not in ("stdlib", "kernel")
               for module in tomllib.loads((POLICIES / f"{pack}.toml").read_text()).get("modules", ())}
    named = []
    for path in sorted((ROOT / "sandbox").rglob("*.[ch]")):
        code = re.sub(r'/\*.*?\*/|#include "[^"]*"', "", path.read_text(), flags=re.S)
        named += [f"{path.name}: {text}" for text in re.findall(r'"(?:[^"\\\n]|\\.)*"', code)
                  if (word := re.match(r'"<?([A-Za-z_]\w*)[."\s]', text)) and word[1] in modules and "safepyrun" not in word[1]]
    assert named == []


def test_what_is_covered_are_builtins():
    covers = {key: value for pack in PACKS for key, value in
              tomllib.loads((POLICIES / f"{pack}.toml").read_text()).get("covers", {}).items()}
    assert len(covers) > 15 and all(hasattr(builtins, name) for names in covers.values() for name in names)
