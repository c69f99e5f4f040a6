/* iscomplete: may a console run this source, or does it go on? As codeop and IPython decide: the
 * parser says whether the text could go on; an indented block ends with a blank line. */
#include "magics/magic.h"
#include "kernel/worker/ask/codescan.h"
#include "kernel/worker/inside.h"

#include <string.h>

struct completeness {
    const char *status;
    Py_ssize_t indent; /* spaces for the next line, when incomplete */
};

/* Columns of blanks that `line` (of `size` characters) begins with; a tab counts four. */
static Py_ssize_t line_indent(const char *line, const char *end)
{
    Py_ssize_t columns = 0;

    for (; line < end && (*line == ' ' || *line == '\t'); line++)
        columns += *line == '\t' ? 4 : 1;
    return columns;
}

static const char *line_start(const char *text, const char *at)
{
    while (at > text && at[-1] != '\n')
        at--;
    return at;
}

/* Behind the last character that is not blank. */
static const char *code_end(const char *text, const char *end)
{
    while (end > text && end[-1] && strchr(" \t\r\n\f", end[-1]))
        end--;
    return end;
}

/* Leave a warnings.catch_warnings() context (or nothing); keeps the exception that is set. */
static void warnings_restore(PyObject *context)
{
    PyObject *type, *value, *trace;

    PyErr_Fetch(&type, &value, &trace);
    AUTO_REF PyObject *left =
        context ? PyObject_CallMethod(context, "__exit__", "OOO", Py_None, Py_None, Py_None) : NULL;
    PyErr_Restore(type, value, trace);
}

/* New reference to a context in which no warning is shown; NULL without exception when there is
 * nothing to silence. */
static PyObject *warnings_silence(void)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("warnings");
    AUTO_REF PyObject *context =
        module ? PyObject_CallMethod(module, "catch_warnings", NULL) : NULL;
    AUTO_REF PyObject *entered = context ? PyObject_CallMethod(context, "__enter__", NULL) : NULL;
    AUTO_REF PyObject *set =
        entered ? PyObject_CallMethod(module, "simplefilter", "s", "ignore") : NULL;

    PyErr_Clear();
    return entered ? Py_XNewRef(context) : NULL;
}

enum parse { PARSE_WHOLE, PARSE_GOES_ON, PARSE_WRONG };

/* Is the exception that is set (cleared) the parser's "incomplete input"? */
static bool error_is_incomplete(void)
{
    AUTO_REF PyObject *exception = interpreter_take_exception();
    AUTO_REF PyObject *message =
        exception && PyErr_GivenExceptionMatches(exception, PyExc_SyntaxError)
            ? PyObject_GetAttrString(exception, "msg")
            : NULL;
    const char *text = message && PyUnicode_Check(message) ? PyUnicode_AsUTF8(message) : NULL;

    PyErr_Clear();
    return text && strstr(text, "incomplete input");
}

static enum parse parse_source(const char *source)
{
    PyCompilerFlags flags = {.cf_flags = PyCF_ALLOW_INCOMPLETE_INPUT | PyCF_DONT_IMPLY_DEDENT |
                                         PyCF_ALLOW_TOP_LEVEL_AWAIT,
                             .cf_feature_version = PY_MINOR_VERSION};
    AUTO_REF PyObject *silence = warnings_silence();
    struct gate_scope scope;

    gate_reading_enter(&scope);
    AUTO_REF PyObject *code = Py_CompileStringExFlags(source, "<input>", Py_file_input, &flags, -1);
    gate_trusted_exit(&scope);
    warnings_restore(silence);
    if (code)
        return PARSE_WHOLE;
    return error_is_incomplete() ? PARSE_GOES_ON : PARSE_WRONG;
}

/* The indent that an editor should give to the line after `text`, which goes on. */
static bool next_indent(PyObject *source, const char *text, const char *end, Py_ssize_t *indent)
{
    const char *code = code_end(text, end);
    struct codescan scan;

    if (!codescan_init(&scan, source, 0, PyUnicode_GET_LENGTH(source)))
        return false;
    bool opens_block =
        scan.string < 0 && scan.depth == 0 && scan.last >= 0 && scan.text[scan.last] == ':';
    Py_ssize_t start = opens_block ? scan.last : 0;
    while (start > 0 && scan.text[start - 1] != '\n')
        start--;
    Py_ssize_t columns = 0;
    for (; opens_block && (scan.text[start] == ' ' || scan.text[start] == '\t'); start++)
        columns += scan.text[start] == '\t' ? 4 : 1;
    const char *last = line_start(text, end > text && end[-1] == '\n' ? code : end);
    *indent = opens_block ? columns + 4 : line_indent(last, end);
    codescan_clear(&scan);
    return true;
}

/* Does the source end inside an indented block? */
static bool ends_in_block(PyObject *source, bool *inside)
{
    struct codescan scan;

    if (!codescan_init(&scan, source, 0, PyUnicode_GET_LENGTH(source)))
        return false;
    Py_UCS4 first = scan.last >= 0 ? scan.text[scan.last_line] : 0;
    *inside = first == ' ' || first == '\t';
    codescan_clear(&scan);
    return true;
}

static bool judge_python(PyObject *source, const char *text, const char *end,
                         struct completeness *verdict)
{
    AUTO_REF PyObject *plain = magic_transform(source);
    const char *utf8 = plain ? PyUnicode_AsUTF8(plain) : NULL;
    bool inside = false;

    if (!utf8)
        return false;
    if (strlen(utf8) != (size_t)PyUnicode_GET_LENGTH(plain) &&
        memchr(text, 0, (size_t)(end - text)))
        return verdict->status = "invalid", true;
    enum parse parsed = parse_source(utf8);
    if (parsed == PARSE_WRONG)
        return verdict->status = "invalid", true;
    if (parsed == PARSE_WHOLE && !ends_in_block(plain, &inside))
        return false;
    bool blank_line = memchr(code_end(text, end), '\n', (size_t)(end - code_end(text, end)));
    if (parsed == PARSE_WHOLE && (!inside || blank_line))
        return verdict->status = "complete", true;
    verdict->status = "incomplete";
    return next_indent(plain, text, end, &verdict->indent);
}

/* `text` to `end` is `source` in UTF-8, with "\n" for line ends. */
static bool judge(PyObject *source, const char *text, const char *end, struct completeness *verdict)
{
    const char *code = code_end(text, end);

    verdict->status = "complete";
    if (code == text)
        return true;
    if (strncmp(text, "%%", 2) == 0) { /* a cell magic's body ends with a blank line */
        const char *line = line_start(text, end > text && end[-1] == '\n' ? end - 1 : end);
        if (code <= line && code > text && line > text)
            return true;
        verdict->status = "incomplete";
        verdict->indent = line_indent(line, end);
        return true;
    }
    if (code[-1] == '\\' && (code == end || *code == '\n')) {
        const char *line = line_start(text, code);
        verdict->status = "incomplete";
        verdict->indent = line_indent(line, end);
        return true;
    }
    return judge_python(source, text, end, verdict);
}

PyObject *iscomplete_text(PyObject *code)
{
    AUTO_REF PyObject *unix_ends = PyUnicode_FromString("\n");
    AUTO_REF PyObject *windows_ends = PyUnicode_FromString("\r\n");
    AUTO_REF PyObject *source =
        unix_ends && windows_ends ? PyUnicode_Replace(code, windows_ends, unix_ends, -1) : NULL;
    struct completeness verdict = {"unknown", 0};
    Py_ssize_t size = 0;
    char spaces[256];

    if (!source)
        return NULL;
    const char *text = PyUnicode_AsUTF8AndSize(source, &size);
    if (text && !judge(source, text, text + size, &verdict))
        return NULL;
    PyErr_Clear(); /* a lone surrogate: unknown */
    Py_ssize_t width = verdict.indent < 255 ? verdict.indent : 255;
    memset(spaces, ' ', sizeof spaces);
    spaces[width] = 0;
    return strcmp(verdict.status, "incomplete") == 0
               ? Py_BuildValue("{s:s,s:s}", "status", verdict.status, "indent", spaces)
               : Py_BuildValue("{s:s}", "status", verdict.status);
}

bool iscomplete_request(struct worker *self, struct request *request)
{
    PyObject *code = request_str(request, "code"); /* borrowed */
    AUTO_REF PyObject *content = code ? iscomplete_text(code) : NULL;

    return content && worker_reply(self, request, "is_complete_reply", content);
}
