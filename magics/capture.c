/* display: %%html, %%markdown, %%javascript, %%svg, %%latex, %%capture, %matplotlib. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <string.h>

static const struct {
    const char *name;
    const char *mime;
    const char *class; /* of IPython.display, which a plain console shows the name of */
} display_types[] = {
    {"html", "text/html", "HTML"},
    {"HTML", "text/html", "HTML"},
    {"markdown", "text/markdown", "Markdown"},
    {"javascript", "application/javascript", "Javascript"},
    {"js", "application/javascript", "Javascript"},
    {"svg", "image/svg+xml", "SVG"},
    {"SVG", "image/svg+xml", "SVG"},
    {"latex", "text/latex", "Latex"},
};

/* %%html --isolated: in a frame of its own, so that its styles do not reach the page. */
static bool publish_isolated(const struct magic_host *host, PyObject *html, PyObject *plain)
{
    AUTO_REF PyObject *content =
        Py_BuildValue("{s:{s:O,s:O},s:{s:{s:O}},s:{}}", "data", "text/html", html, "text/plain",
                      plain, "metadata", "text/html", "isolated", Py_True, "transient");
    AUTO_REF PyObject *metadata = PyDict_New();

    return content && metadata && host->publish(host->context, "display_data", content, metadata);
}

PyObject *magic_display(const struct magic_call *call)
{
    const char *line = PyUnicode_AsUTF8(call->line), *mime = NULL, *class = NULL;

    for (size_t i = 0; i < sizeof display_types / sizeof *display_types; i++)
        if (strcmp(call->name, display_types[i].name) == 0) {
            mime = display_types[i].mime;
            class = display_types[i].class;
        }
    if (!line || !mime)
        return line ? magic_unknown(call->name, MAGIC_CELL) : NULL;
    bool isolated = strcmp(mime, "text/html") == 0 && strcmp(line, "--isolated") == 0;
    if (*line && !isolated)
        return usage_error("usage: %s", magic_find(call->name, MAGIC_CELL)->usage);
    AUTO_REF PyObject *plain = PyUnicode_FromFormat("<IPython.core.display.%s object>", class);
    bool shown = plain && (isolated ? publish_isolated(call->host, call->cell, plain)
                                    : publish_data(call->host, mime, call->cell, plain));
    return shown ? Py_NewRef(Py_None) : NULL;
}

static bool is_among(const char *backend, const char *const names[])
{
    while (*names && strcmp(backend, *names) != 0)
        names++;
    return *names != NULL;
}

/* Backends that draw into the notebook, as inline does, but that one can zoom into. */
static bool draws_into_notebook(const char *backend)
{
    return is_among(backend, (const char *const[]){"notebook", "nbagg", "widget", "ipympl", NULL});
}

/* Backends that show nothing: figures are saved. */
static bool draws_into_files(const char *backend)
{
    return is_among(backend, (const char *const[]){"agg", "cairo", "pdf", "pgf", "ps", "svg",
                                                   "template", NULL});
}

PyObject *magic_matplotlib(const struct magic_call *call)
{
    AUTO_REF PyObject *words = line_words(call->line, false);

    if (!words)
        return NULL;
    Py_ssize_t count = PyList_GET_SIZE(words);
    const char *backend = count ? PyUnicode_AsUTF8(PyList_GET_ITEM(words, 0)) : "inline";
    if (!backend)
        return NULL;
    if (count > 1)
        return usage_error("usage: %s", magic_find("matplotlib", MAGIC_LINE)->usage);
    if (strcmp(backend, "--list") == 0 || strcmp(backend, "-l") == 0)
        return print_line("Available matplotlib backends: ['inline']") ? Py_NewRef(Py_None) : NULL;
    if (strcmp(backend, "inline") == 0 || draws_into_notebook(backend)) {
        AUTO_REF PyObject *done =
            call->host->python(call->host->context, "figures_inline", call->line, NULL);
        if (!done)
            return NULL;
    }
    if (strcmp(backend, "inline") == 0)
        return count || print_line("Using matplotlib backend: inline") ? Py_NewRef(Py_None) : NULL;
    if (draws_into_notebook(backend)) {
        PySys_FormatStderr("%%matplotlib %s: figures are shown inline, they cannot be zoomed\n",
                           backend);
        return Py_NewRef(Py_None);
    }
    if (draws_into_files(backend)) {
        AUTO_REF PyObject *switched =
            call_python("matplotlib.pyplot", "switch_backend", "(s)", backend);
        return switched ? Py_NewRef(Py_None) : NULL;
    }
    return usage_error(
        "%%matplotlib %s: this kernel shows figures inline; it has no window to draw into",
        backend);
}

/* ---- %%capture ---- */

/* The streams that %%capture put aside: index 0 is stdout, 1 stderr. */
struct captured {
    PyObject *outer[2];  /* owned: what sys had */
    PyObject *buffer[2]; /* owned: io.StringIO, NULL when not captured */
    PyObject *displays;  /* owned list, NULL when not captured */
    PyObject *outer_sink;
};
static const char *const stream_names[] = {"stdout", "stderr"};

static bool capture_begin(const struct magic_host *host, struct captured *self,
                          const bool wanted[3])
{
    for (int i = 0; i < 2; i++) {
        if (!wanted[i])
            continue;
        self->outer[i] = Py_XNewRef(PySys_GetObject(stream_names[i]));
        self->buffer[i] = call_python("io", "StringIO", "()");
        if (!self->buffer[i] || PySys_SetObject(stream_names[i], self->buffer[i]) < 0)
            return false;
    }
    if (wanted[2]) {
        self->displays = PyList_New(0);
        if (!self->displays)
            return false;
        self->outer_sink = host->capture_display(host->context, self->displays);
    }
    return true;
}

static void capture_end(const struct magic_host *host, struct captured *self)
{
    if (self->displays)
        host->capture_display(host->context, self->outer_sink);
    for (int i = 0; i < 2; i++)
        if (self->buffer[i])
            PySys_SetObject(stream_names[i], self->outer[i]);
}

static void captured_clear(struct captured *self)
{
    for (int i = 0; i < 2; i++) {
        Py_CLEAR(self->outer[i]);
        Py_CLEAR(self->buffer[i]);
    }
    Py_CLEAR(self->displays);
}

/* The text of one captured stream, new str ("" when it was not captured). */
static PyObject *captured_text(const struct captured *self, int stream)
{
    return self->buffer[stream] ? PyObject_CallMethod(self->buffer[stream], "getvalue", NULL)
                                : PyUnicode_FromString("");
}

static PyObject *captured_result(const struct captured *self)
{
    AUTO_REF PyObject *out = captured_text(self, 0);
    AUTO_REF PyObject *err = captured_text(self, 1);
    AUTO_REF PyObject *none = PyList_New(0);

    if (!out || !err || !none)
        return NULL;
    return call_python("_safepyrun_capture", "CapturedOutput", "(OOO)", out, err,
                       self->displays ? self->displays : none);
}

static bool parse_capture(const struct magic_call *call, bool wanted[3], PyObject **name)
{
    AUTO_REF PyObject *words = line_words(call->line, false);
    static const char *const switches[] = {"--no-stdout", "--no-stderr", "--no-display"};

    for (int i = 0; i < 3; i++)
        wanted[i] = true;
    for (Py_ssize_t i = 0; words && i < PyList_GET_SIZE(words); i++) {
        PyObject *word = PyList_GET_ITEM(words, i);
        bool known = false;
        for (int k = 0; k < 3; k++)
            if (PyUnicode_CompareWithASCIIString(word, switches[k]) == 0) {
                wanted[k] = false;
                known = true;
            }
        if (known)
            continue;
        if (*name || !PyUnicode_IsIdentifier(word)) {
            usage_error("%%%%capture: %s is not expected; usage: %s", PyUnicode_AsUTF8(word),
                        magic_find("capture", MAGIC_CELL)->usage);
            Py_CLEAR(*name);
            return false;
        }
        *name = Py_NewRef(word);
    }
    return words != NULL;
}

/* The last expression's value is shown as in any cell, so that it is among the outputs. */
static bool show_value(PyObject *value)
{
    AUTO_REF PyObject *shown = call_python("IPython.display", "display", "(O)", value);

    return shown != NULL;
}

PyObject *magic_capture(const struct magic_call *call)
{
    __attribute__((cleanup(captured_clear))) struct captured captured = {0};
    AUTO_REF PyObject *name = NULL;
    bool wanted[3];

    if (!parse_capture(call, wanted, &name))
        return NULL;
    AUTO_REF PyObject *value =
        capture_begin(call->host, &captured, wanted) ? run_source(call, call->cell, 2) : NULL;
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    if (value && value != Py_None && captured.displays && !show_value(value))
        PyErr_WriteUnraisable(NULL);
    capture_end(call->host, &captured);
    AUTO_REF PyObject *result = name ? captured_result(&captured) : NULL;
    if (name && (!result || PyDict_SetItem(call->host->globals, name, result) < 0) && value)
        return NULL;
    if (!value) {
        PyErr_Restore(type, error, traceback);
        return NULL;
    }
    return Py_NewRef(Py_None);
}
