/* traceback: errors the way IPython users read them: the cell's own lines with an arrow, none of
 * the kernel's frames, causes before the error, colours. No Python module is imported for it. */
#include "kernel/worker/inside.h"

#include <frameobject.h>
#include <string.h>

enum {
    CONTEXT_LINES = 2,
    FRAMES_MAX = 60,
    FRAMES_SHOWN = 20,
    CHAIN_MAX = 20,
    LINE_BYTES_MAX = 2000
};

/* Attribute or NULL; never leaves an exception. */
static PyObject *quiet_attribute(PyObject *object, const char *name)
{
    PyObject *value = PyObject_GetAttrString(object, name);

    if (!value)
        PyErr_Clear();
    return value;
}

static PyObject *exception_text(PyObject *exception)
{
    PyObject *text = PyObject_Str(exception);

    /* What was interrupted was to end the cell, not its words: they are asked for once more. */
    if (!text && PyErr_ExceptionMatches(PyExc_KeyboardInterrupt)) {
        PyErr_Clear();
        text = PyObject_Str(exception);
    }
    if (text)
        return text;
    PyErr_Clear();
    return PyUnicode_FromString("<exception str() failed>");
}

static PyObject *exception_name(PyObject *exception)
{
    PyObject *name = quiet_attribute((PyObject *)Py_TYPE(exception), "__name__");

    if (name && PyUnicode_Check(name))
        return name;
    Py_XDECREF(name);
    return PyUnicode_FromString(Py_TYPE(exception)->tp_name);
}

static void add_object(struct text *out, PyObject *object)
{
    AUTO_REF PyObject *bytes = object && PyUnicode_Check(object)
                                   ? PyUnicode_AsEncodedString(object, "utf-8", "backslashreplace")
                                   : NULL;

    if (bytes)
        text_add(out, PyBytes_AS_STRING(bytes), (size_t)PyBytes_GET_SIZE(bytes));
    PyErr_Clear();
}

/* ---- source lines ---- */

/* A line of a file or a cell, without its newline; new str or NULL without exception. */
PyObject *traceback_source_line(PyObject *filename, int lineno)
{
    PyObject *line = sources_line(filename, lineno);

    if (line || sources_know(filename))
        return line;
    const char *path = PyUnicode_AsUTF8(filename);
    FILE *file = path && path[0] != '<' ? fopen(path, "re") : NULL;
    char bytes[LINE_BYTES_MAX];

    PyErr_Clear();
    for (int at = 1; file && fgets(bytes, sizeof bytes, file);) {
        size_t size = strlen(bytes);
        bool whole = size && bytes[size - 1] == '\n';
        if (at == lineno) {
            line = PyUnicode_DecodeUTF8(bytes, (Py_ssize_t)(whole ? size - 1 : size), "replace");
            break;
        }
        at += whole;
    }
    if (file)
        fclose(file);
    return line;
}

/* The line with the columns [from, to) of it (in characters) marked. */
static void add_marked(struct text *out, PyObject *line, Py_ssize_t from, Py_ssize_t to)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(line);

    if (from < 0 || from >= to || to > length) {
        add_object(out, line);
        return;
    }
    AUTO_REF PyObject *before = PyUnicode_Substring(line, 0, from);
    AUTO_REF PyObject *inside = PyUnicode_Substring(line, from, to);
    AUTO_REF PyObject *after = PyUnicode_Substring(line, to, length);
    add_object(out, before);
    text_add_string(out, MARK);
    add_object(out, inside);
    text_add_string(out, PLAIN);
    add_object(out, after);
}

/* ---- one frame ---- */
struct place {
    PyObject *code; /* owned */
    int lineno;
    int line_end, column, column_end; /* of the failing expression, column -1 when unknown */
};

Py_ssize_t traceback_characters(PyObject *line, int byte_column)
{
    AUTO_REF PyObject *bytes = PyUnicode_AsUTF8String(line);
    Py_ssize_t count = 0;

    if (!bytes) {
        PyErr_Clear();
        return -1;
    }
    for (int i = 0; i < byte_column && i < PyBytes_GET_SIZE(bytes); i++)
        count += ((unsigned char)PyBytes_AS_STRING(bytes)[i] & 0xc0) != 0x80;
    return count;
}

/* Function signature as IPython writes it: name(arg, arg). */
static void add_function(struct text *out, PyCodeObject *code)
{
    AUTO_REF PyObject *names = quiet_attribute((PyObject *)code, "co_varnames");
    int count = code->co_argcount + code->co_kwonlyargcount + ((code->co_flags & CO_VARARGS) != 0) +
                ((code->co_flags & CO_VARKEYWORDS) != 0);

    add_object(out, code->co_qualname);
    text_add(out, "(", 1);
    for (int i = 0; names && i < count && i < PyTuple_GET_SIZE(names); i++) {
        if (i)
            text_add(out, ", ", 2);
        if ((code->co_flags & CO_VARKEYWORDS) && i == count - 1)
            text_add(out, "**", 2);
        else if ((code->co_flags & CO_VARARGS) && i == code->co_argcount + code->co_kwonlyargcount)
            text_add(out, "*", 1);
        add_object(out, PyTuple_GET_ITEM(names, i));
    }
    text_add(out, ")", 1);
}

static bool is_module_code(PyCodeObject *code)
{
    return PyUnicode_CompareWithASCIIString(code->co_name, "<module>") == 0;
}

static void add_location(struct text *out, PyCodeObject *code, int lineno)
{
    text_add_string(out, GREEN);
    if (sources_know(code->co_filename)) {
        add_object(out, code->co_filename);
        text_addf(out, ", line %d", lineno);
    } else {
        text_add_string(out, "File ");
        add_object(out, code->co_filename);
        text_addf(out, ":%d", lineno);
    }
    text_add_string(out, PLAIN);
    if (!is_module_code(code)) {
        text_add_string(out, ", in " CYAN);
        add_function(out, code);
        text_add_string(out, PLAIN);
    }
    text_add(out, "\n", 1);
}

static void add_source(struct text *out, const struct place *place, PyCodeObject *code)
{
    int first = place->lineno > CONTEXT_LINES ? place->lineno - CONTEXT_LINES : 1;

    for (int number = first; number <= place->lineno + CONTEXT_LINES; number++) {
        AUTO_REF PyObject *line = traceback_source_line(code->co_filename, number);
        if (!line && number >= place->lineno)
            break;
        if (!line)
            continue;
        if (number != place->lineno) {
            text_addf(out, "%7d ", number);
            add_object(out, line);
        } else {
            char digits[16];
            int width = snprintf(digits, sizeof digits, "%d", number);
            text_addf(out, GREEN "%.*s> %s" PLAIN " ", width < 5 ? 5 - width : 1, "----", digits);
            bool known =
                line && place->column >= 0 && !sources_rewritten(code->co_filename, number);
            Py_ssize_t from = known ? traceback_characters(line, place->column) : -1;
            Py_ssize_t to = !line || from < 0 ? -1
                            : place->line_end == place->lineno
                                ? traceback_characters(line, place->column_end)
                                : PyUnicode_GET_LENGTH(line);
            if (line)
                add_marked(out, line, from, to);
        }
        text_add(out, "\n", 1);
    }
}

static void place_of(PyTracebackObject *traceback, struct place *place)
{
    PyCodeObject *code = PyFrame_GetCode(traceback->tb_frame);

    *place = (struct place){.code = (PyObject *)code, .column = -1};
    place->lineno = PyCode_Addr2Line(code, traceback->tb_lasti);
    int start_line;
    if (traceback->tb_lasti >= 0 &&
        PyCode_Addr2Location(code, traceback->tb_lasti, &start_line, &place->column,
                             &place->line_end, &place->column_end) == 0)
        place->column = -1;
    if (place->lineno < 1)
        place->lineno = 1;
}

/* ---- the frames of one exception ---- */

/* Frames before the first of a cell are the kernel's, or a library's that runs cells: hidden. */
static PyTracebackObject *first_shown(PyTracebackObject *traceback)
{
    for (PyTracebackObject *at = traceback; at; at = at->tb_next) {
        PyCodeObject *code = PyFrame_GetCode(at->tb_frame);
        bool known = sources_know(code->co_filename);
        Py_DECREF(code);
        if (known)
            return at;
    }
    return traceback;
}

static bool append_text(PyObject *lines, struct text *text)
{
    AUTO_REF PyObject *line = text_finish(text);

    return line && PyList_Append(lines, line) == 0;
}

static bool append_note(PyObject *lines, const char *format, int count)
{
    AUTO_TEXT text = {0};

    text_addf(&text, format, count);
    return append_text(lines, &text);
}

/* Is it a frame of the kernel's own frozen Python (get_ipython().run_line_magic and the like)? */
static bool is_kernel_frame(PyTracebackObject *traceback)
{
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(traceback->tb_frame);
    const char *name = PyUnicode_AsUTF8(((PyCodeObject *)code)->co_filename);

    PyErr_Clear();
    return name && strncmp(name, "<safepyrun ", 11) == 0;
}

static bool add_frame(PyObject *lines, PyTracebackObject *traceback)
{
    if (is_kernel_frame(traceback))
        return true;
    struct place place;
    AUTO_TEXT text = {0};

    place_of(traceback, &place);
    AUTO_REF PyObject *code = place.code;
    add_location(&text, (PyCodeObject *)code, place.lineno);
    add_source(&text, &place, (PyCodeObject *)code);
    return append_text(lines, &text);
}

static bool same_place(PyTracebackObject *a, PyTracebackObject *b)
{
    if (!b || a->tb_lasti != b->tb_lasti)
        return false;
    AUTO_REF PyObject *one = (PyObject *)PyFrame_GetCode(a->tb_frame);
    AUTO_REF PyObject *two = (PyObject *)PyFrame_GetCode(b->tb_frame);
    return one == two;
}

static bool add_frames(PyObject *lines, PyTracebackObject *traceback)
{
    int count = 0, at = 0, repeats = 0;

    for (PyTracebackObject *frame = traceback; frame; frame = frame->tb_next)
        count++;
    for (PyTracebackObject *frame = traceback; frame; frame = frame->tb_next, at++) {
        if (same_place(frame, frame->tb_next) && at > 0) {
            if (++repeats > 2)
                continue;
        } else if (repeats > 2) {
            if (!append_note(lines, "    [... skipping similar frames (%d times)]\n", repeats - 2))
                return false;
            repeats = 0;
        } else {
            repeats = 0;
        }
        if (count > FRAMES_MAX && at >= FRAMES_SHOWN && at < count - FRAMES_SHOWN) {
            if (at == FRAMES_SHOWN &&
                !append_note(lines, "    [... skipping %d frames]\n", count - 2 * FRAMES_SHOWN))
                return false;
            continue;
        }
        if (!add_frame(lines, frame))
            return false;
    }
    return true;
}

/* ---- SyntaxError ---- */

static long attribute_long(PyObject *object, const char *name)
{
    AUTO_REF PyObject *value = quiet_attribute(object, name);
    long number = value && PyLong_Check(value) ? PyLong_AsLong(value) : 0;

    PyErr_Clear();
    return number;
}

/*   Cell In[1], line 1
 *     def f(:
 *           ^              */
static bool add_syntax_error(PyObject *lines, PyObject *exception)
{
    AUTO_REF PyObject *filename = quiet_attribute(exception, "filename");
    AUTO_REF PyObject *line = quiet_attribute(exception, "text");
    long lineno = attribute_long(exception, "lineno");
    long offset = attribute_long(exception, "offset"),
         end = attribute_long(exception, "end_offset");
    AUTO_TEXT text = {0};

    if (!filename || !PyUnicode_Check(filename) || lineno < 1)
        return true;
    if (!line || !PyUnicode_Check(line)) {
        Py_XDECREF(line);
        line = traceback_source_line(filename, (int)lineno);
    }
    text_add_string(&text, sources_know(filename) ? "  " GREEN : "  " GREEN "File ");
    add_object(&text, filename);
    text_addf(&text, sources_know(filename) ? ", line %ld" PLAIN "\n" : ":%ld" PLAIN "\n", lineno);
    if (line) {
        Py_ssize_t length = PyUnicode_GET_LENGTH(line), start = 0;
        while (length && strchr(" \t\r\n\f", (int)(PyUnicode_READ_CHAR(line, length - 1) & 0x7f)) &&
               PyUnicode_READ_CHAR(line, length - 1) < 128)
            length--;
        while (start < length && Py_UNICODE_ISSPACE(PyUnicode_READ_CHAR(line, start)))
            start++;
        AUTO_REF PyObject *shown = PyUnicode_Substring(line, start, length);
        text_add_string(&text, "    ");
        add_object(&text, shown);
        if (offset > 0) {
            long from = offset - 1 - start > 0 ? offset - 1 - start : 0;
            bool same_line = attribute_long(exception, "end_lineno") <= lineno;
            long width = same_line && end > offset ? end - offset : 1;
            text_addf(&text, "\n    %*s" RED, (int)from, "");
            for (long i = 0; i < width && i < LINE_BYTES_MAX; i++)
                text_add(&text, "^", 1);
            text_add_string(&text, PLAIN);
        }
    }
    return append_text(lines, &text);
}

/* ---- Denied ---- */

/* The library's frames below a refused cell are noise: the cell's own lines say where it
 * happened. */
static bool is_library_frame(PyTracebackObject *traceback)
{
    AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(traceback->tb_frame);

    return !sources_know(((PyCodeObject *)code)->co_filename);
}

static bool add_cell_frames(PyObject *lines, PyTracebackObject *traceback)
{
    for (; traceback; traceback = traceback->tb_next)
        if (!is_library_frame(traceback) && !add_frame(lines, traceback))
            return false;
    return true;
}

/* ---- one exception ---- */

static bool add_message(PyObject *lines, PyObject *exception)
{
    AUTO_REF PyObject *name = exception_name(exception);
    AUTO_REF PyObject *message = PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_SyntaxError)
                                     ? quiet_attribute(exception, "msg")
                                     : exception_text(exception);
    AUTO_REF PyObject *notes = quiet_attribute(exception, "__notes__");
    AUTO_TEXT text = {0};

    text_add_string(&text, RED);
    add_object(&text, name);
    text_add_string(&text,
                    PLAIN ": "); /* in front of no message, too: saved notebooks have it so */
    if (message && PyUnicode_Check(message))
        add_object(&text, message);
    AUTO_REF PyObject *suggestion = suggestion_for(exception);
    PyErr_Clear();
    if (suggestion) {
        text_add_string(&text, ". ");
        add_object(&text, suggestion);
    }
    for (Py_ssize_t i = 0; notes && PyList_Check(notes) && i < PyList_GET_SIZE(notes); i++) {
        AUTO_REF PyObject *note = PyObject_Str(PyList_GET_ITEM(notes, i));
        PyErr_Clear();
        text_add(&text, "\n", 1);
        add_object(&text, note);
    }
    return append_text(lines, &text);
}

static bool describe_into(PyObject *lines, PyObject *exception, int depth);

/* As far as CPython goes. */
enum { GROUP_WIDTH_MAX = 15, GROUP_DEPTH_MAX = 10 };

/* What a group holds, a tuple; NULL: it is none. New reference. */
static PyObject *group_members(PyObject *exception)
{
    AUTO_REF PyObject *inner =
        PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_BaseExceptionGroup)
            ? quiet_attribute(exception, "exceptions")
            : NULL;

    return inner && PyTuple_Check(inner) ? Py_NewRef(inner) : NULL;
}

/* Each exception of a group, indented under its number. */
static bool add_group(PyObject *lines, PyObject *exception, int depth)
{
    AUTO_REF PyObject *inner = group_members(exception);

    for (Py_ssize_t i = 0; inner && i < PyTuple_GET_SIZE(inner); i++) {
        if (i == GROUP_WIDTH_MAX)
            return append_note(lines, "  +---------------- ... ----------------", 0) &&
                   append_note(lines, "  | and %d more exceptions",
                               (int)(PyTuple_GET_SIZE(inner) - i));
        AUTO_REF PyObject *nested = PyList_New(0);
        if (!nested || !append_note(lines, "  +---------------- %d ----------------", (int)i + 1) ||
            !describe_into(nested, PyTuple_GET_ITEM(inner, i), depth + 1))
            return false;
        AUTO_REF PyObject *newline = PyUnicode_FromString("\n");
        AUTO_REF PyObject *bar = PyUnicode_FromString("\n  | ");
        AUTO_REF PyObject *joined = newline ? PyUnicode_Join(newline, nested) : NULL;
        AUTO_REF PyObject *indented =
            joined && bar ? PyUnicode_Replace(joined, newline, bar, -1) : NULL;
        AUTO_REF PyObject *line = indented ? PyUnicode_FromFormat("  | %U", indented) : NULL;
        if (!line || PyList_Append(lines, line) < 0)
            return false;
    }
    return true;
}

static bool describe_one(PyObject *lines, PyObject *exception, int depth)
{
    AUTO_REF PyObject *traceback = PyException_GetTraceback(exception);
    bool syntax = PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_SyntaxError);
    PyTracebackObject *first = traceback ? first_shown((PyTracebackObject *)traceback) : NULL;
    AUTO_REF PyObject *violations =
        denial_is(exception) && !first ? denial_violations(exception) : NULL;

    AUTO_REF PyObject *members = depth >= GROUP_DEPTH_MAX ? group_members(exception) : NULL;

    if (members)
        return append_note(lines, "... (max_group_depth is %d)", GROUP_DEPTH_MAX);
    if (violations && PyTuple_GET_SIZE(violations))
        return denial_describe(lines, exception, violations);
    if (first || (!syntax && depth == 0)) {
        AUTO_REF PyObject *name = exception_name(exception);
        AUTO_TEXT head = {0};
        Py_ssize_t length = name ? PyUnicode_GET_LENGTH(name) : 0;
        text_add_string(&head, RED);
        add_object(&head, name);
        text_addf(&head, PLAIN "%*s", (int)(75 - length < 34 ? 34 : 75 - length),
                  "Traceback (most recent call last)");
        if (!append_text(lines, &head))
            return false;
    }
    if (first && !(denial_is(exception) && !is_library_frame(first) ? add_cell_frames
                                                                    : add_frames)(lines, first))
        return false;
    if (syntax && !add_syntax_error(lines, exception))
        return false;
    if (!add_message(lines, exception) ||
        (denial_is(exception) && !denial_describe_remedy(lines, exception)))
        return false;
    return add_group(lines, exception, depth);
}

/* Cause or context first; "seen" by depth, because chains may be circular. */
static bool describe_into(PyObject *lines, PyObject *exception, int depth)
{
    AUTO_REF PyObject *cause = depth < CHAIN_MAX ? PyException_GetCause(exception) : NULL;
    AUTO_REF PyObject *context =
        cause || depth >= CHAIN_MAX || ((PyBaseExceptionObject *)exception)->suppress_context
            ? NULL
            : PyException_GetContext(exception);
    PyObject *earlier = cause ? cause : context;

    if (earlier) {
        const char *link =
            cause ? "\nThe above exception was the direct cause of the following exception:\n"
                  : "\nDuring handling of the above exception, another exception occurred:\n";
        if (!describe_into(lines, earlier, depth + 1) || !append_note(lines, link, 0))
            return false;
    }
    return describe_one(lines, exception, depth);
}

PyObject *traceback_describe(PyObject *exception)
{
    AUTO_REF PyObject *lines = PyList_New(0);
    AUTO_REF PyObject *name = exception_name(exception);
    AUTO_REF PyObject *text = exception_text(exception);
    AUTO_REF PyObject *rule = PyUnicode_FromString(
        RED "---------------------------------------------------------------------------" PLAIN);

    if (!lines || !name || !text || !rule)
        return NULL;
    bool syntax = PyObject_TypeCheck(exception, (PyTypeObject *)PyExc_SyntaxError);
    if ((!syntax && PyList_Append(lines, rule) < 0) || !describe_into(lines, exception, 0))
        return NULL;
    return Py_BuildValue("{s:O,s:O,s:O}", "ename", name, "evalue", text, "traceback", lines);
}

PyObject *traceback_text(PyObject *exception)
{
    AUTO_REF PyObject *description = traceback_describe(exception);
    AUTO_REF PyObject *newline = PyUnicode_FromString("\n");
    AUTO_REF PyObject *joined =
        description && newline
            ? PyUnicode_Join(newline, PyDict_GetItemString(description, "traceback"))
            : NULL;

    return joined ? PyUnicode_FromFormat("%U\n", joined) : NULL;
}
