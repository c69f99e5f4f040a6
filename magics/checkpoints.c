/* checkpoints: %checkpoint, %checkpoints, %undo. The front keeps them and decides; see
 * kernel/front/checkpoints.c. */
#include "magics/options.h"
#include "magics/state.h"
#include "magics/table.h"
#include "base/text.h"

/* Ask the front; its answer (a dict, new reference), or NULL with what is wrong as a UsageError. */
static PyObject *ask(const struct magic_call *call, PyObject *content)
{
    AUTO_REF PyObject *answer =
        content ? call->host->query(call->host->context, "checkpoint", content) : NULL;
    PyObject *wrong = answer && PyDict_Check(answer) ? PyDict_GetItemString(answer, "error") : NULL;

    if (wrong)
        return PyErr_Format(magic_usage_error_type(), "%S", wrong);
    return Py_XNewRef(answer);
}

PyObject *magic_checkpoint(const struct magic_call *call)
{
    AUTO_REF PyObject *words = line_words(call->line, false);

    if (!words)
        return NULL;
    if (PyList_GET_SIZE(words) > 1)
        return usage_error("usage: %s", magic_find("checkpoint", MAGIC_LINE)->usage);
    AUTO_REF PyObject *obstacle = call->host->obstacle(call->host->context);
    if (obstacle)
        return PyErr_Format(magic_usage_error_type(), "no checkpoint can be taken now: %U",
                            obstacle);
    bool named = PyList_GET_SIZE(words) > 0;
    AUTO_REF PyObject *name = named ? Py_NewRef(PyList_GET_ITEM(words, 0)) : PyUnicode_New(0, 0);
    AUTO_REF PyObject *answer =
        name ? ask(call, Py_BuildValue("{s:s,s:O}", "what", "take", "name", name)) : NULL;
    if (!answer)
        return NULL;
    const char *text = PyUnicode_AsUTF8(name);
    bool printed = text && (named ? print_line("The checkpoint '%s' is taken when this cell has "
                                               "ended; %%undo %s goes back to it.",
                                               text, text)
                                  : print_line("A checkpoint is taken when this cell has ended."));
    return printed ? Py_NewRef(Py_None) : NULL;
}

static PyObject *row_of(PyObject *point)
{
    PyObject *name = PyDict_GetItemString(point, "name"),
             *after = PyDict_GetItemString(point, "after"),
             *age = PyDict_GetItemString(point, "age_s"),
             *kb = PyDict_GetItemString(point, "private_kb"),
             *took = PyDict_GetItemString(point, "took_us"),
             *undo = PyDict_GetItemString(point, "undo");

    if (!name || !after || !age || !kb || !took || !undo)
        return NULL;
    long took_us = PyLong_AsLong(took);
    return Py_BuildValue("(NNNNNN)", PyUnicode_FromFormat("after cell [%S]", after),
                         PyObject_IsTrue(name) ? Py_NewRef(name) : PyUnicode_New(0, 0),
                         PyUnicode_FromFormat("%S s", age),
                         PyUnicode_FromFormat("%ld MB", PyLong_AsLong(kb) / 1024),
                         PyUnicode_FromFormat("%ld.%ld ms", took_us / 1000, took_us % 1000 / 100),
                         PyObject_IsTrue(name) ? PyUnicode_FromFormat("%%undo %U", name)
                                               : PyUnicode_FromFormat("%%undo %S", undo));
}

PyObject *magic_checkpoints(const struct magic_call *call)
{
    static const char *const columns[] = {"state", "name",       "age", "memory",
                                          "took",  "back to it", NULL};
    AUTO_REF PyObject *answer = ask(call, Py_BuildValue("{s:s}", "what", "list"));
    PyObject *points = answer ? PyDict_GetItemString(answer, "checkpoints") : NULL,
             *obstacle = answer ? PyDict_GetItemString(answer, "obstacle") : NULL; /* borrowed */
    AUTO_REF PyObject *rows = answer ? PyList_New(0) : NULL;

    for (Py_ssize_t i = 0; rows && points && PyList_Check(points) && i < PyList_GET_SIZE(points);
         i++) {
        AUTO_REF PyObject *row = row_of(PyList_GET_ITEM(points, i));
        if (!row || PyList_Append(rows, row) < 0)
            return NULL;
    }
    if (!rows)
        return NULL;
    const char *why = obstacle && PyUnicode_Check(obstacle) ? PyUnicode_AsUTF8(obstacle) : "";
    if (why && *why && !print_line("The last one was not taken: %s.", why))
        return NULL;
    if (!PyList_GET_SIZE(rows))
        return print_line("There are no checkpoints.") ? Py_NewRef(Py_None) : NULL;
    return table_show(call->host, columns, rows, PY_SSIZE_T_MAX) ? Py_NewRef(Py_None) : NULL;
}

/* What is to be taken back: {"what": "undo"} with "cells" or "name"; new reference. */
static PyObject *undo_question(PyObject *word)
{
    AUTO_REF PyObject *cells = word ? PyLong_FromUnicodeObject(word, 10) : NULL;

    error_forget();
    if (!word)
        return Py_BuildValue("{s:s}", "what", "undo");
    if (cells && PyLong_AsLong(cells) < 1)
        return usage_error("usage: %s", magic_find("undo", MAGIC_LINE)->usage);
    return cells ? Py_BuildValue("{s:s,s:O}", "what", "undo", "cells", cells)
                 : Py_BuildValue("{s:s,s:O}", "what", "undo", "name", word);
}

/* The front says what it would do, or has done; true when that was shown. */
static bool undo_files(const struct magic_call *call, PyObject *question, const char *step)
{
    AUTO_REF PyObject *word = PyUnicode_FromString(step);

    if (!word || PyDict_SetItemString(question, "files", word) < 0)
        return false;
    AUTO_REF PyObject *answer = ask(call, question);
    PyObject *text = answer && PyDict_Check(answer) ? PyDict_GetItemString(answer, "text") : NULL;
    const char *shown = text && PyUnicode_Check(text) ? PyUnicode_AsUTF8(text) : NULL;
    if (answer && !shown)
        usage_error("%%undo: the kernel did not answer");
    return shown && print_text(shown);
}

PyObject *magic_undo(const struct magic_call *call)
{
    static const char *const switches[] = {"--files", NULL};
    AUTO_REF PyObject *words = line_words(call->line, false);
    const char *files = words ? take_switch(words, switches, "undo") : NULL;

    if (!files)
        return NULL;
    if (PyList_GET_SIZE(words) > 1)
        return usage_error("usage: %s", magic_find("undo", MAGIC_LINE)->usage);
    AUTO_REF PyObject *question =
        undo_question(PyList_GET_SIZE(words) ? PyList_GET_ITEM(words, 0) : NULL);
    if (!question)
        return NULL;
    if (!*files) {
        AUTO_REF PyObject *answer = ask(call, question);
        return answer ? Py_NewRef(Py_None) : NULL; /* there is one only where it was refused */
    }
    if (!undo_files(call, question, "plan"))
        return NULL;
    int agreed = confirmed("Go on (y/[n])? ", "%undo --files asks first, and this frontend takes "
                                              "no answers: nothing was undone");
    if (agreed == 0)
        return print_line("Nothing was undone.") ? Py_NewRef(Py_None) : NULL;
    return agreed > 0 && undo_files(call, question, "do") ? Py_NewRef(Py_None) : NULL;
}
