/* magics: the one table of all magics, and how a magic is found. */
#include "magics/state.h"
#include "base/text.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct magic magic_table[] = {
    /* the sandbox */
    {"allow", MAGIC_LINE, magic_allow, "%allow [--trust | --shell | --project] NAME ...",
     "Let cells call these names: a function (numpy.linalg.norm), a method (DataFrame.to_parquet), "
     "or a whole module.\n"
     "Their effects still meet the sandbox. --trust permits the effects as well, of a class those "
     "of its methods, and is asked of you first, as is what\n"
     "a pack refuses and what compiled code of a library without a pack does.\n"
     "--shell \"git status\" lets !git status run (no shell is started). --project asks "
     "whether the .safepyrun.toml\n"
     "of the folder is to be followed. Without names: lists the grants."},
    {"deny", MAGIC_LINE, magic_deny, "%deny [--shell] NAME ...",
     "Take back what %allow gave; --shell takes back commands."},
    {"ok_dests", MAGIC_LINE, magic_ok_dests, "%ok_dests [--add | --remove | --clear] [DIR ...]",
     "Show or set the directories that cells may write into. \".\" is the working directory at the "
     "time of the write."},
    {"ok_hosts", MAGIC_LINE, magic_ok_hosts,
     "%ok_hosts [--add | --remove | --clear] [HOST:PORT | PATH ...]",
     "Show or set the hosts and the Unix sockets that cells may connect and send to. Reading over "
     "HTTP needs none."},
    {"limits", MAGIC_LINE, magic_limits,
     "%limits [time=30s memory=2G output=10M files=1G processes=8 checkpoints=3]",
     "Show or set how much a cell may use; none takes a limit away. Who uses more is interrupted, "
     "and ended with its\n"
     "process 2 s later. Lower limits hold at once, higher ones are asked of you."},
    {"policy", MAGIC_LINE, magic_policy, "%policy [TEXT]",
     "What is allowed, and by which pack; with TEXT only the names that contain it."},
    {"audit", MAGIC_LINE, magic_audit, "%audit [-j] [-n COUNT] [-c CELL] [--html | --count]",
     "What this session was refused and granted, and whether the cell or a library tried it: the "
     "last COUNT (100), of one CELL;\n"
     "-j as JSON lines, --html as a table to keep, --count how many of which kind."},
    {"check", MAGIC_LINE | MAGIC_CELL | MAGIC_CODE, magic_check,
     "%check CODE  or  %%check [--body]",
     "Validate code without running it: every violation with its line; --body counts them without "
     "the magic's own."},
    {"trusted", MAGIC_CELL | MAGIC_CODE, magic_trusted, "%%trusted",
     "Run the cell as host code, outside of the sandbox, once you agreed."},
    {"undo", MAGIC_LINE, magic_undo, "%undo [--files] [COUNT | NAME]",
     "Take back what the last cell (the last COUNT cells, all since the checkpoint NAME) did to "
     "the variables.\n"
     "In, the history and what was shown stay, and so do files; --files shows first what it would "
     "take back of them, and asks.\n"
     "Requests that were sent are not undone."},
    {"preview", MAGIC_CELL | MAGIC_CODE, magic_preview, "%%preview [--apply | --body]",
     "Run the cell in a copy of the session and show what it would do: its output, the files and "
     "variables that would change,\n"
     "what would be sent or started. Session and disk stay as they are. --apply asks then, and "
     "runs it for real; --body counts lines without the magic's own."},
    {"checkpoint", MAGIC_LINE, magic_checkpoint, "%checkpoint [NAME]",
     "Keep the state that this cell leaves, for %undo NAME. The kernel takes some by itself."},
    {"checkpoints", MAGIC_LINE, magic_checkpoints, "%checkpoints",
     "The states that %undo can go back to."},
    /* time */
    {"time", MAGIC_LINE | MAGIC_CELL | MAGIC_CODE, magic_time, "%time CODE  or  %%time",
     "Run code once and print CPU and wall time."},
    {"timeit", MAGIC_LINE | MAGIC_CELL | MAGIC_CODE, magic_timeit,
     "%timeit [-n LOOPS] [-r REPEATS] [-p DIGITS] [-q] [-o] CODE",
     "Time code over many loops. -n loops per run, -r runs, -p digits shown, -q quiet, -o return "
     "the result object."},
    /* the namespace */
    {"who", MAGIC_LINE, magic_python, "%who [TYPE ...]", "Print the names that you defined."},
    {"who_ls", MAGIC_LINE, magic_who_ls, "%who_ls [TYPE ...]",
     "The names that you defined, as a sorted list."},
    {"whos", MAGIC_LINE, magic_python, "%whos [TYPE ...]",
     "The names that you defined, with type and value."},
    {"reset", MAGIC_LINE, magic_reset, "%reset [-f] [-s] [in | out | dhist | array]",
     "Delete the names that you defined; -f without asking, -s keeps the output history. With a "
     "word only the input, the\n"
     "results, the directories, the arrays."},
    /* files and the environment */
    {"pwd", MAGIC_LINE, magic_pwd, "%pwd", "The working directory."},
    {"cd", MAGIC_LINE, magic_cd, "%cd [-q] DIR  or  %cd -",
     "Change the working directory; %cd - goes back, %cd -N to the Nth of %dhist, %cd --TEXT to "
     "the last of them that\n"
     "has TEXT, %cd -b NAME to a %bookmark."},
    {"ls", MAGIC_LINE, magic_ls, "%ls [-l] [-a] [PATH ...]",
     "List directories and files; patterns (*.py) as well."},
    {"env", MAGIC_LINE, magic_env, "%env [NAME | NAME=VALUE]",
     "Show or set environment variables."},
    {"set_env", MAGIC_LINE, magic_env, "%set_env NAME=VALUE", "Set an environment variable."},
    {"file", MAGIC_CELL, magic_writefile, "%%file [-a] FILE", "The same as %%writefile."},
    {"writefile", MAGIC_CELL, magic_writefile, "%%writefile [-a] FILE",
     "Write the cell into a file below %ok_dests; -a appends."},
    {"run", MAGIC_LINE, magic_run_file, "%run [-i] FILE [ARG ...]",
     "Run a Python file through the sandbox and take over its names; -i starts from your "
     "namespace, as a notebook's cells (FILE.ipynb) do."},
    /* the session */
    {"history", MAGIC_LINE, magic_python,
     "%history [-n] [-o] [-p] [-t] [-u] [-f FILE] [-l COUNT] [-g PATTERN] [RANGE ...]",
     "Print earlier input; -n with numbers, -o with outputs, -p with prompts, -t as plain Python, "
     "-g search, -u each once,\n"
     "-l the last ones, -f into a file below %ok_dests. RANGE: 4, 4-6, ~1/4-6 of the session "
     "before, 243/ of that session."},
    {"hist", MAGIC_LINE, magic_python, "%hist ...", "The same as %history."},
    {"lsmagic", MAGIC_LINE, magic_python, "%lsmagic", "List the magics."},
    {"magic", MAGIC_LINE, magic_python, "%magic", "All magics with their help, in the pager."},
    {"quickref", MAGIC_LINE, magic_python, "%quickref", "A short reference, in the pager."},
    {"matplotlib", MAGIC_LINE, magic_matplotlib, "%matplotlib [inline]",
     "Show figures inline (they are anyway)."},
    {"pinfo", MAGIC_LINE, magic_pinfo, "obj?  or  %pinfo OBJ",
     "Signature and documentation of an object."},
    {"pinfo2", MAGIC_LINE, magic_pinfo, "obj??  or  %pinfo2 OBJ", "The same, with source."},
    {"psearch", MAGIC_LINE, magic_psearch, "a*?  or  %psearch [-a] [-i] PATTERN",
     "Names that match a wildcard; -a with those of an underscore, -i in any case."},
    /* display */
    {"capture", MAGIC_CELL | MAGIC_CODE, magic_capture,
     "%%capture [--no-stdout] [--no-stderr] [--no-display] [NAME]",
     "Run the cell and keep its output in NAME (.stdout, .stderr, .outputs, .show())."},
    {"html", MAGIC_CELL, magic_display, "%%html [--isolated]",
     "Show the cell as HTML; --isolated in a frame of its own."},
    {"HTML", MAGIC_CELL, magic_display, "%%HTML", "The same as %%html."},
    {"markdown", MAGIC_CELL, magic_display, "%%markdown", "Show the cell as Markdown."},
    {"javascript", MAGIC_CELL, magic_display, "%%javascript",
     "Run the cell as JavaScript in the page."},
    {"js", MAGIC_CELL, magic_display, "%%js", "The same as %%javascript."},
    {"svg", MAGIC_CELL, magic_display, "%%svg", "Show the cell as an SVG picture."},
    {"SVG", MAGIC_CELL, magic_display, "%%SVG", "The same as %%svg."},
    {"latex", MAGIC_CELL, magic_display, "%%latex", "Show the cell as LaTeX."},
    /* written in Python */
    {"precision", MAGIC_LINE, magic_python, "%precision [DIGITS | FORMAT]",
     "How floats are shown: so many digits, a format such as %.3e, or as repr() without an "
     "argument."},
    {"pprint", MAGIC_LINE, magic_python, "%pprint [on | off]",
     "Lay out containers over lines, or show their repr()."},
    {"xmode", MAGIC_LINE, magic_python, "%xmode [Plain | Context | Verbose | Minimal]",
     "Which traceback errors have; without a mode the next one."},
    {"debug", MAGIC_LINE | MAGIC_CELL | MAGIC_CODE, magic_python, "%debug [STATEMENT]",
     "Where the last error came from, in pdb; a statement, or a cell, runs under it."},
    {"pdb", MAGIC_LINE, magic_python, "%pdb [on | off]", "Call pdb after each error."},
    {"tb", MAGIC_LINE, magic_python, "%tb [MODE]", "Show the last error again."},
    {"colors", MAGIC_LINE, magic_python, "%colors [SCHEME]",
     "Accepted; colours are the frontend's."},
    {"config", MAGIC_LINE | MAGIC_CODE, magic_python, "%config [CLASS.NAME = VALUE]",
     "Show or change settings: InlineBackend (how figures are shown), InteractiveShell "
     "(ast_node_interactivity, ...)."},
    {"autoawait", MAGIC_LINE, magic_python,
     "%autoawait [on | off | asyncio | trio | curio | FUNCTION]",
     "May cells await outside of functions, and what runs them? Alone, show it."},
    {"automagic", MAGIC_LINE, magic_python, "%automagic [on | off]",
     "May a line alone in its cell begin with a magic's name without the %?"},
    {"gui", MAGIC_LINE, magic_python, "%gui", "There is no window system in a kernel."},
    {"load_ext", MAGIC_LINE, magic_python, "%load_ext MODULE",
     "Load an extension: a module that adds magics and the like."},
    {"reload_ext", MAGIC_LINE, magic_python, "%reload_ext MODULE",
     "Import an extension anew and load it."},
    {"unload_ext", MAGIC_LINE, magic_python, "%unload_ext MODULE", "Take an extension out."},
    {"alias_magic", MAGIC_LINE, magic_python, "%alias_magic [-l] [-c] NAME MAGIC [-p PARAMETERS]",
     "Another name for a magic; -l line, -c cell alone."},
    {"xdel", MAGIC_LINE, magic_python, "%xdel NAME",
     "Delete a name, and what the kernel remembers of its value."},
    {"reset_selective", MAGIC_LINE | MAGIC_CODE, magic_python, "%reset_selective [-f] PATTERN",
     "Delete the names that match a regular expression; -f without asking."},
    {"page", MAGIC_LINE, magic_python, "%page [-r] OBJ", "Show an object in the pager; -r as str."},
    {"pdef", MAGIC_LINE, magic_python, "%pdef OBJ", "The parameters of a callable."},
    {"pdoc", MAGIC_LINE, magic_python, "%pdoc OBJ", "The documentation of an object."},
    {"psource", MAGIC_LINE, magic_python, "%psource OBJ", "The source of an object."},
    {"pfile", MAGIC_LINE, magic_python, "%pfile OBJ", "The file that an object is defined in."},
    {"pycat", MAGIC_LINE, magic_python, "%pycat FILE", "Show a source file in the pager."},
    {"load", MAGIC_LINE, magic_python, "%load [-r LINES] [-s NAMES] FILE | RANGE | OBJ",
     "Put source into this cell; -r 1-3,7 these lines of it, -s f,C these functions and classes."},
    {"loadpy", MAGIC_LINE, magic_python, "%loadpy ...", "The same as %load."},
    {"recall", MAGIC_LINE, magic_python, "%recall [RANGE]",
     "Put earlier input into the next cell."},
    {"rep", MAGIC_LINE, magic_python, "%rep [RANGE]", "The same as %recall."},
    {"rerun", MAGIC_LINE, magic_python, "%rerun [-l COUNT] [-g PATTERN] [RANGE]",
     "Run earlier input again."},
    {"save", MAGIC_LINE, magic_python, "%save [-a] FILE [RANGE]",
     "Write earlier input into a file below %ok_dests; -a appends."},
    {"macro", MAGIC_LINE, magic_python, "%macro [NAME RANGE ...]",
     "Let NAME alone in a cell run earlier input again; without arguments, list the macros."},
    {"notebook", MAGIC_LINE, magic_python, "%notebook FILE",
     "Write this session as a notebook below %ok_dests."},
    {"logstart", MAGIC_LINE, magic_python, "%logstart [-o] [-r] [-t] [-q] [FILE [append]]",
     "Log input from now on into a file below %ok_dests; -o with results, -r as typed, -t with the "
     "time."},
    {"logstop", MAGIC_LINE, magic_python, "%logstop", "End the log."},
    {"logon", MAGIC_LINE, magic_python, "%logon", "Go on with the log."},
    {"logoff", MAGIC_LINE, magic_python, "%logoff", "Suspend the log."},
    {"logstate", MAGIC_LINE, magic_python, "%logstate", "What is logged, and where to."},
    {"doctest_mode", MAGIC_LINE, magic_python, "%doctest_mode",
     "Plain tracebacks and values, and back."},
    {"autocall", MAGIC_LINE, magic_python, "%autocall", "Calls need their parentheses here."},
    {"autosave", MAGIC_LINE, magic_python, "%autosave SECONDS",
     "Accepted; the frontend saves notebooks."},
    {"pylab", MAGIC_LINE, magic_python, "%pylab [--no-import-all]",
     "numpy and matplotlib by their short names."},
    {"subshell", MAGIC_LINE, magic_python, "%subshell", "Where this cell runs."},
    {"edit", MAGIC_LINE | MAGIC_CODE, magic_python, "%edit", "Refused: no editor is started."},
    {"ed", MAGIC_LINE | MAGIC_CODE, magic_python, "%ed", "Refused: no editor is started."},
    {"pastebin", MAGIC_LINE, magic_python, "%pastebin", "Refused: cells publish nothing."},
    {"connect_info", MAGIC_LINE, magic_python, "%connect_info",
     "Refused: the connection is the frontend's."},
    {"qtconsole", MAGIC_LINE, magic_python, "%qtconsole",
     "Refused: the connection is the frontend's."},
    {"store", MAGIC_LINE, magic_python, "%store NAME > FILE",
     "Write a value as text into a file below %ok_dests. Values do not outlive the kernel by "
     "themselves."},
    /* directories and files, written in Python */
    {"dhist", MAGIC_LINE, magic_python, "%dhist [COUNT | FIRST LAST]",
     "The directories that were worked in."},
    {"pushd", MAGIC_LINE, magic_python, "%pushd [DIR]",
     "Change the working directory, and remember this one."},
    {"popd", MAGIC_LINE, magic_python, "%popd", "Back to where %pushd was called last."},
    {"dirs", MAGIC_LINE, magic_python, "%dirs", "The directories that %pushd remembers."},
    {"bookmark", MAGIC_LINE, magic_python, "%bookmark NAME [DIR] | -l | -d NAME | -r",
     "Names for directories, for %cd -b NAME: set one, -l list, -d delete one, -r all. They last "
     "as long as the kernel."},
    {"cat", MAGIC_LINE, magic_python, "%cat FILE ...", "Print files."},
    {"less", MAGIC_LINE, magic_python, "%less FILE", "Show a file in the pager."},
    {"more", MAGIC_LINE, magic_python, "%more FILE", "Show a file in the pager."},
    {"mkdir", MAGIC_LINE, magic_python, "%mkdir [-p] DIR ...", "Make directories below %ok_dests."},
    {"ll", MAGIC_LINE, magic_python, "%ll [PATH ...]", "The same as %ls -l."},
    {"lf", MAGIC_LINE, magic_python, "%lf [PATH ...]", "The same as %ls -l."},
    {"lk", MAGIC_LINE, magic_python, "%lk [PATH ...]", "The same as %ls -l."},
    {"lx", MAGIC_LINE, magic_python, "%lx [PATH ...]", "The same as %ls -l."},
    {"ldir", MAGIC_LINE, magic_python, "%ldir [PATH ...]", "The same as %ls -l."},
    {"clear", MAGIC_LINE, magic_python, "%clear", "Clear this cell's output."},
    {"alias", MAGIC_LINE | MAGIC_CODE, magic_python, "%alias [NAME COMMAND]",
     "Let %NAME run a command as !COMMAND does, where %allow --shell permits it; %s are its words, "
     "%l the whole line."},
    {"unalias", MAGIC_LINE, magic_python, "%unalias NAME", "Forget an alias."},
    {"rehashx", MAGIC_LINE, magic_python, "%rehashx", "Programs get no names here."},
    {"killbgscripts", MAGIC_LINE, magic_python, "%killbgscripts", "None is ever started."},
    {"prun", MAGIC_LINE | MAGIC_CELL | MAGIC_CODE, magic_python,
     "%prun [-l LIMIT] [-s KEY] [-T FILE] [-D FILE] [-q] [-r] CODE  or  %%prun",
     "Run code under the profiler."},
    /* commands */
    {"sx", MAGIC_LINE | MAGIC_CELL, magic_command, "%sx COMMAND",
     "Run an allowed command, give its output as lines."},
    {"system", MAGIC_LINE | MAGIC_CELL, magic_command, "%system COMMAND", "The same as %sx."},
    {"pip", MAGIC_LINE, magic_command, "%pip ...",
     "pip of this Python; needs %allow --shell \"pip ...\"."},
    {"conda", MAGIC_LINE, magic_command, "%conda ...",
     "conda; needs %allow --shell \"conda ...\"."},
    {"uv", MAGIC_LINE, magic_command, "%uv ...", "uv; needs %allow --shell \"uv ...\"."},
    {"mamba", MAGIC_LINE, magic_command, "%mamba ...",
     "mamba; needs %allow --shell \"mamba ...\"."},
    {"micromamba", MAGIC_LINE, magic_command, "%micromamba ...",
     "micromamba; needs %allow --shell \"micromamba ...\"."},
    {"man", MAGIC_LINE, magic_command, "%man ...", "man; needs %allow --shell \"man ...\"."},
    {"cp", MAGIC_LINE, magic_command, "%cp [-r] FROM ... TO", "The same as !cp."},
    {"mv", MAGIC_LINE, magic_command, "%mv FROM ... TO", "The same as !mv."},
    {"rm", MAGIC_LINE, magic_command, "%rm [-r] PATH ...", "The same as !rm."},
    {"rmdir", MAGIC_LINE, magic_command, "%rmdir DIR ...", "The same as !rmdir."},
    {"!", MAGIC_CELL, magic_command, "%%! COMMAND",
     "Run an allowed command, give its output as lines."},
    {"bash", MAGIC_CELL, magic_no_script, "%%bash",
     "Each line as !line; what only a shell can read is asked about as a whole."},
    {"sh", MAGIC_CELL, magic_no_script, "%%sh",
     "Each line as !line; what only a shell can read is asked about as a whole."},
    {"script", MAGIC_CELL, magic_no_script, "%%script", "Refused: no program is started."},
    {"perl", MAGIC_CELL, magic_no_script, "%%perl", "Refused: no program is started."},
    {"ruby", MAGIC_CELL, magic_no_script, "%%ruby", "Refused: no program is started."},
    {"pypy", MAGIC_CELL, magic_no_script, "%%pypy", "Refused: no program is started."},
    {"python", MAGIC_CELL, magic_no_script, "%%python", "Refused: no program is started."},
    {"python2", MAGIC_CELL, magic_no_script, "%%python2", "Refused: no program is started."},
    {"python3", MAGIC_CELL, magic_no_script, "%%python3", "Refused: no program is started."},
    {NULL, 0, NULL, NULL, NULL},
};

const struct magic *magic_find(const char *name, unsigned kind)
{
    for (const struct magic *magic = magic_table; magic->name; magic++)
        if ((magic->kinds & kind) && strcmp(magic->name, name) == 0)
            return magic;
    return NULL;
}

PyObject *magic_names(unsigned kind)
{
    AUTO_REF PyObject *names = PyList_New(0);

    for (const struct magic *magic = magic_table; names && magic->name; magic++) {
        if (!(magic->kinds & kind))
            continue;
        AUTO_REF PyObject *name = PyUnicode_FromString(magic->name);
        if (!name || PyList_Append(names, name) < 0)
            return NULL;
    }
    return Py_XNewRef(names);
}

PyObject *magic_usage_error_type(void)
{
    static PyObject *type; /* a type, made once per process; like a static type it is never freed */

    if (!type)
        type = PyErr_NewExceptionWithDoc("safepyrun.UsageError",
                                         "A magic was used in a way it does not know.",
                                         PyExc_Exception, NULL);
    return type ? type : PyExc_ValueError;
}

PyObject *magic_unknown(const char *name, unsigned kind)
{
    bool cell = kind & MAGIC_CELL;
    const char *sign = cell ? "%%" : "%";
    AUTO_REF PyObject *names = magic_names(cell ? MAGIC_CELL : MAGIC_LINE);
    AUTO_REF PyObject *near = names ? nearest_names(names, name) : NULL;
    AUTO_REF PyObject *list = near ? join_names(near, cell ? ", %%" : ", %") : NULL;

    if (!list)
        return NULL;
    if (magic_find(name, cell ? MAGIC_LINE : MAGIC_CELL))
        PyErr_Format(
            magic_usage_error_type(), "%s magic `%s%s` not found; there is a %s magic `%s%s`",
            cell ? "Cell" : "Line", sign, name, cell ? "line" : "cell", cell ? "%" : "%%", name);
    else if (PyList_GET_SIZE(near))
        PyErr_Format(magic_usage_error_type(), "%s magic `%s%s` not found; did you mean %s%U?",
                     cell ? "Cell" : "Line", sign, name, sign, list);
    else
        PyErr_Format(magic_usage_error_type(), "%s magic `%s%s` not found; %%lsmagic lists them",
                     cell ? "Cell" : "Line", sign, name);
    return NULL;
}

/* A magic of the kernel's Python part; usage there goes by the row's name. */
PyObject *magic_python(const struct magic_call *call)
{
    return call->host->python(call->host->context, call->name, call->line, call->cell);
}

PyObject *magic_run(const struct magic_host *host, PyObject *name, PyObject *line, PyObject *cell)
{
    unsigned kind = cell ? MAGIC_CELL : MAGIC_LINE;
    const char *wanted = PyUnicode_AsUTF8(name);

    if (!wanted || !PyUnicode_Check(line) || (cell && !PyUnicode_Check(cell))) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "a magic takes its name, line and cell as str");
        return NULL;
    }
    if (*wanted == '%')
        wanted += strspn(wanted, "%");
    const struct magic *magic = magic_find(wanted, kind);
    if (!magic)
        return magic_unknown(wanted, kind);
    AUTO_REF PyObject *expanded =
        magic->kinds & MAGIC_CODE ? Py_NewRef(line) : magic_expand(host, line);
    if (!expanded)
        return NULL;
    struct magic_call call = {.host = host, .name = magic->name, .line = expanded, .cell = cell};

    return magic->run(&call);
}

/* ---- state ---- */

/* Where the kernel was started, as a list of one. */
static PyObject *start_directory(void)
{
    char path[PATH_MAX];

    return getcwd(path, sizeof path) ? Py_BuildValue("[N]", PyUnicode_DecodeFSDefault(path))
                                     : PyList_New(0);
}

struct magic_state *magic_state_new(void)
{
    struct magic_state *self = calloc(1, sizeof *self);

    if (!self)
        return (void *)PyErr_NoMemory();
    self->shell_grants = PyList_New(0);
    self->once = PyList_New(0);
    self->kept = PyDict_New();
    self->directories = start_directory();
    self->permitted = PySet_New(NULL);
    if (!self->shell_grants || !self->kept || !self->once || !self->directories || !self->permitted)
        magic_state_destroy(&self);
    return self;
}

PyObject *magic_directories(struct magic_state *self)
{
    return self->directories;
}

void magic_state_destroy(struct magic_state **self)
{
    if (!*self)
        return;
    Py_CLEAR((*self)->shell_grants);
    Py_CLEAR((*self)->once);
    Py_CLEAR((*self)->kept);
    Py_CLEAR((*self)->directories);
    Py_CLEAR((*self)->permitted);
    free(*self);
    *self = NULL;
}
