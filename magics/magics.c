/* magics: the one table of all magics, how a magic is found, and how its line is expanded. */
#include "state.h"
#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const struct magic magic_table[] = {
    /* the sandbox */
    {"allow", MAGIC_LINE, magic_allow, "%allow [--trust | --shell] NAME ...",
     "Let cells call these names: a function (numpy.linalg.norm), a method (DataFrame.to_parquet), or a whole module.\n"
     "Their effects still meet the sandbox. --trust permits the effects as well and is asked of you first, as is what\n"
     "a pack refuses and what compiled code of a library without a pack does.\n"
     "--shell \"git status\" lets !git status run (no shell is started). Without names: lists the grants."},
    {"deny", MAGIC_LINE, magic_deny, "%deny [--shell] NAME ...", "Take back what %allow gave; --shell takes back commands."},
    {"ok_dests", MAGIC_LINE, magic_ok_dests, "%ok_dests [--add | --remove | --clear] [DIR ...]",
     "Show or set the directories that cells may write into. \".\" is the working directory at the time of the write."},
    {"policy", MAGIC_LINE, magic_policy, "%policy [TEXT]",
     "What is allowed, and by which pack; with TEXT only the names that contain it."},
    {"audit", MAGIC_LINE, magic_audit, "%audit [-j] [-n COUNT]",
     "What this session was refused and granted; -j as JSON lines."},
    {"check", MAGIC_LINE | MAGIC_CELL | MAGIC_CODE, magic_check, "%check CODE  or  %%check",
     "Validate code without running it: every violation with its line."},
    {"trusted", MAGIC_CELL | MAGIC_CODE, magic_trusted, "%%trusted",
     "Run the cell as host code, outside of the sandbox, once you agreed."},
    /* time */
    {"time", MAGIC_LINE | MAGIC_CELL | MAGIC_CODE, magic_time, "%time CODE  or  %%time",
     "Run code once and print CPU and wall time."},
    {"timeit", MAGIC_LINE | MAGIC_CELL | MAGIC_CODE, magic_timeit, "%timeit [-n LOOPS] [-r REPEATS] [-p DIGITS] [-q] [-o] CODE",
     "Time code over many loops. -n loops per run, -r runs, -p digits shown, -q quiet, -o return the result object."},
    /* the namespace */
    {"who", MAGIC_LINE, magic_who, "%who [TYPE ...]", "Print the names that you defined."},
    {"who_ls", MAGIC_LINE, magic_who_ls, "%who_ls [TYPE ...]", "The names that you defined, as a sorted list."},
    {"whos", MAGIC_LINE, magic_whos, "%whos [TYPE ...]", "The names that you defined, with type and value."},
    {"reset", MAGIC_LINE, magic_reset, "%reset [-f] [-s]",
     "Delete the names that you defined; -f without asking, -s keeps the output history."},
    /* files and the environment */
    {"pwd", MAGIC_LINE, magic_pwd, "%pwd", "The working directory."},
    {"cd", MAGIC_LINE, magic_cd, "%cd [-q] DIR  or  %cd -", "Change the working directory."},
    {"ls", MAGIC_LINE, magic_ls, "%ls [-l] [-a] [PATH ...]", "List directories and files; patterns (*.py) as well."},
    {"env", MAGIC_LINE, magic_env, "%env [NAME | NAME=VALUE]", "Show or set environment variables."},
    {"set_env", MAGIC_LINE, magic_env, "%set_env NAME=VALUE", "Set an environment variable."},
    {"file", MAGIC_CELL, magic_writefile, "%%file [-a] FILE", "The same as %%writefile."},
    {"writefile", MAGIC_CELL, magic_writefile, "%%writefile [-a] FILE",
     "Write the cell into a file below %ok_dests; -a appends."},
    {"run", MAGIC_LINE, magic_run_file, "%run [-i] FILE [ARG ...]",
     "Run a Python file through the sandbox and take over its names; -i starts from your namespace."},
    /* the session */
    {"history", MAGIC_LINE, magic_history, "%history [-n] [-o] [-u] [-g PATTERN] [-l COUNT] [RANGE ...]",
     "Print earlier input; -n with numbers, -o with outputs, -g search, -l the last ones."},
    {"hist", MAGIC_LINE, magic_history, "%hist ...", "The same as %history."},
    {"lsmagic", MAGIC_LINE, magic_lsmagic, "%lsmagic", "List the magics."},
    {"matplotlib", MAGIC_LINE, magic_matplotlib, "%matplotlib [inline]", "Show figures inline (they are anyway)."},
    {"pinfo", MAGIC_LINE, magic_pinfo, "obj?  or  %pinfo OBJ", "Signature and documentation of an object."},
    {"pinfo2", MAGIC_LINE, magic_pinfo, "obj??  or  %pinfo2 OBJ", "The same, with source."},
    {"psearch", MAGIC_LINE, magic_psearch, "a*?  or  %psearch PATTERN", "Names that match a wildcard."},
    /* display */
    {"capture", MAGIC_CELL | MAGIC_CODE, magic_capture, "%%capture [--no-stdout] [--no-stderr] [--no-display] [NAME]",
     "Run the cell and keep its output in NAME (.stdout, .stderr, .outputs, .show())."},
    {"html", MAGIC_CELL, magic_display, "%%html [--isolated]", "Show the cell as HTML; --isolated in a frame of its own."},
    {"HTML", MAGIC_CELL, magic_display, "%%HTML", "The same as %%html."},
    {"markdown", MAGIC_CELL, magic_display, "%%markdown", "Show the cell as Markdown."},
    {"javascript", MAGIC_CELL, magic_display, "%%javascript", "Run the cell as JavaScript in the page."},
    {"js", MAGIC_CELL, magic_display, "%%js", "The same as %%javascript."},
    {"svg", MAGIC_CELL, magic_display, "%%svg", "Show the cell as an SVG picture."},
    {"SVG", MAGIC_CELL, magic_display, "%%SVG", "The same as %%svg."},
    {"latex", MAGIC_CELL, magic_display, "%%latex", "Show the cell as LaTeX."},
    /* commands */
    {"sx", MAGIC_LINE | MAGIC_CELL, magic_command, "%sx COMMAND", "Run an allowed command, give its output as lines."},
    {"system", MAGIC_LINE | MAGIC_CELL, magic_command, "%system COMMAND", "The same as %sx."},
    {"pip", MAGIC_LINE, magic_command, "%pip ...", "pip of this Python; needs %allow --shell \"pip ...\"."},
    {"conda", MAGIC_LINE, magic_command, "%conda ...", "conda; needs %allow --shell \"conda ...\"."},
    {"bash", MAGIC_CELL, magic_command, "%%bash", "Refused: no shell is started."},
    {"sh", MAGIC_CELL, magic_command, "%%sh", "Refused: no shell is started."},
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
    AUTO_OBJECT names = PyList_New(0);

    for (const struct magic *magic = magic_table; names && magic->name; magic++) {
        if (!(magic->kinds & kind))
            continue;
        AUTO_OBJECT name = PyUnicode_FromString(magic->name);
        if (!name || PyList_Append(names, name) < 0)
            return NULL;
    }
    return Py_XNewRef(names);
}

PyObject *magic_usage_error_type(void)
{
    static PyObject *type; /* a type, made once per process; like a static type it is never freed */

    if (!type)
        type = PyErr_NewExceptionWithDoc("safepyrun.UsageError", "A magic was used in a way it does not know.",
                                         PyExc_Exception, NULL);
    return type ? type : PyExc_ValueError;
}

PyObject *magic_unknown(const char *name, unsigned kind)
{
    bool cell = kind & MAGIC_CELL;
    const char *sign = cell ? "%%" : "%";
    AUTO_OBJECT names = magic_names(cell ? MAGIC_CELL : MAGIC_LINE);
    AUTO_OBJECT near = names ? nearest_names(names, name) : NULL;
    AUTO_OBJECT list = near ? join_names(near, cell ? ", %%" : ", %") : NULL;

    if (!list)
        return NULL;
    if (magic_find(name, cell ? MAGIC_LINE : MAGIC_CELL))
        PyErr_Format(magic_usage_error_type(), "%s magic `%s%s` not found; there is a %s magic `%s%s`",
                     cell ? "Cell" : "Line", sign, name, cell ? "line" : "cell", cell ? "%" : "%%", name);
    else if (PyList_GET_SIZE(near))
        PyErr_Format(magic_usage_error_type(), "%s magic `%s%s` not found; did you mean %s%U?",
                     cell ? "Cell" : "Line", sign, name, sign, list);
    else
        PyErr_Format(magic_usage_error_type(), "%s magic `%s%s` not found; %%lsmagic lists them",
                     cell ? "Cell" : "Line", sign, name);
    return NULL;
}

/* ---- {x} and $x --------------------------------------------------------------------------------------- */

/* Append str(value of `expression`); an expression that fails is left as it was written. */
static bool expand_expression(const struct magic_host *host, struct text *out, const char *expression,
                              size_t size)
{
    AUTO_OBJECT source = PyUnicode_DecodeUTF8(expression, (Py_ssize_t)size, "replace");
    AUTO_OBJECT value = source ? host->run(host->context, source, "<magic>", true, host->globals) : NULL;

    if (value && text_add_object(out, value))
        return true;
    if (PyErr_ExceptionMatches(PyExc_KeyboardInterrupt) || PyErr_ExceptionMatches(PyExc_MemoryError))
        return false;
    PyErr_Clear();
    return true;
}

static const char *matching_brace(const char *at)
{
    int depth = 0;

    for (; *at; at++) {
        if (*at == '{')
            depth++;
        else if (*at == '}' && --depth == 0)
            return at;
    }
    return NULL;
}

/* $name with attributes ($a.b) when `name` is defined; NULL when it is not ours to expand. */
static const char *dollar_end(const struct magic_host *host, const char *at)
{
    const char *end = at + 1;

    if (!isalpha((unsigned char)*end) && *end != '_')
        return NULL;
    while (isalnum((unsigned char)*end) || *end == '_')
        end++;
    AUTO_OBJECT name = PyUnicode_FromStringAndSize(at + 1, end - at - 1);
    if (!name || !PyDict_GetItem(host->globals, name))
        return NULL;
    while (*end == '.' && (isalpha((unsigned char)end[1]) || end[1] == '_'))
        for (end++; isalnum((unsigned char)*end) || *end == '_';)
            end++;
    return end;
}

/* New str: `line` with {expression} and $name replaced by their values. */
static PyObject *expand_line(const struct magic_host *host, PyObject *line)
{
    AUTO_TEXT out = {0};
    const char *at = PyUnicode_AsUTF8(line);

    if (!at)
        return NULL;
    if (!strpbrk(at, "{$"))
        return Py_NewRef(line);
    while (*at) {
        const char *end = NULL, *expression = at + 1;

        if (at[0] == '{' && at[1] == '{')
            expression = end = at + 1; /* {{ is a literal brace */
        else if (*at == '{')
            end = matching_brace(at);
        else if (*at == '$')
            end = dollar_end(host, at);
        if (!end || (*at == '{' && end == expression)) {
            text_add(&out, at, 1);
            at += end ? 2 : 1;
            continue;
        }
        size_t before = out.size;
        if (!expand_expression(host, &out, expression, (size_t)(end - expression)))
            return NULL;
        const char *after = *at == '{' ? end + 1 : end;
        if (out.size == before)
            text_add(&out, at, (size_t)(after - at));
        at = after;
    }
    return text_finish(&out);
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
    AUTO_OBJECT expanded = magic->kinds & MAGIC_CODE ? Py_NewRef(line) : expand_line(host, line);
    if (!expanded)
        return NULL;
    struct magic_call call = {.host = host, .name = magic->name, .line = expanded, .cell = cell};

    return magic->run(&call);
}

/* ---- state ---------------------------------------------------------------------------------------------- */

struct magic_state *magic_state_new(void)
{
    struct magic_state *self = calloc(1, sizeof *self);

    if (!self)
        return (void *)PyErr_NoMemory();
    self->shell_grants = PyList_New(0);
    self->once = PyList_New(0);
    self->kept = PyDict_New();
    self->directories = PyList_New(0);
    if (!self->shell_grants || !self->kept || !self->once || !self->directories)
        magic_state_destroy(&self);
    return self;
}

void magic_state_destroy(struct magic_state **self)
{
    if (!*self)
        return;
    Py_CLEAR((*self)->shell_grants);
    Py_CLEAR((*self)->once);
    Py_CLEAR((*self)->kept);
    Py_CLEAR((*self)->directories);
    free(*self);
    *self = NULL;
}
