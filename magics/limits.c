/* limits: %limits, how much a cell may use. The front has them and holds them: see
 * kernel/front/limits.c. */
#include "magics/options.h"
#include "magics/state.h"
#include "magics/table.h"
#include "base/platform.h"
#include "base/text.h"

/* The front's answer to `content` (stolen), new dict; NULL with what is wrong as a UsageError. */
static PyObject *query(const struct magic_host *host, PyObject *content)
{
    AUTO_REF PyObject *asked = content;
    platform_trim_memory(); /* what was given back is not in use */
    AUTO_REF PyObject *answer = asked ? host->query(host->context, "limits", asked) : NULL;
    PyObject *wrong = answer && PyDict_Check(answer) ? PyDict_GetItemString(answer, "error") : NULL;

    if (wrong)
        return PyErr_Format(magic_usage_error_type(), "%%limits: %S", wrong);
    return Py_XNewRef(answer);
}

static PyObject *query_words(const struct magic_host *host, PyObject *words, bool apply)
{
    return query(host,
                 Py_BuildValue("{s:O,s:O}", "words", words, "apply", apply ? Py_True : Py_False));
}

bool limits_set(const struct magic_host *host, PyObject *words)
{
    AUTO_REF PyObject *answer = query_words(host, words, true);

    return answer != NULL;
}

static PyObject *no_answer(void)
{
    return usage_error("%%limits: the kernel does not say what holds");
}

static PyObject *show(const struct magic_host *host)
{
    static const char *const columns[] = {"limit", "at most", "in use", NULL};
    AUTO_REF PyObject *answer = query(host, PyDict_New());
    PyObject *listed = answer ? PyDict_GetItemString(answer, "rows") : NULL;
    AUTO_REF PyObject *rows = listed && PyList_Check(listed) ? PyList_New(0) : NULL;

    if (answer && !rows && !PyErr_Occurred())
        return no_answer();
    for (Py_ssize_t i = 0; rows && i < PyList_GET_SIZE(listed); i++) {
        AUTO_REF PyObject *row = PySequence_Tuple(PyList_GET_ITEM(listed, i));
        if (!row || PyList_Append(rows, row) < 0)
            return NULL;
    }
    if (!rows || !table_show(host, columns, rows, PY_SSIZE_T_MAX))
        return NULL;
    return Py_NewRef(Py_None);
}

PyObject *magic_limits(const struct magic_call *call)
{
    AUTO_REF PyObject *words = line_words(call->line, false);

    if (!words)
        return NULL;
    if (!PyList_GET_SIZE(words))
        return show(call->host);
    AUTO_REF PyObject *planned = query_words(call->host, words, false);
    PyObject *raised = planned ? PyDict_GetItemString(planned, "raised") : NULL,
             *before = planned ? PyDict_GetItemString(planned, "before") : NULL; /* borrowed */

    if (!raised || !before || !PyList_Check(raised))
        return planned ? no_answer() : NULL;
    if (PyList_GET_SIZE(raised)) {
        AUTO_REF PyObject *now = join_names(before, " ");
        AUTO_REF PyObject *detail = now ? PyUnicode_FromFormat("now: %U", now) : NULL;
        AUTO_REF PyObject *scope =
            detail ? ask_to_widen(call->host, "limits", raised, PyUnicode_AsUTF8(detail)) : NULL;
        if (!scope || !once_remember(call->host, scope, ONCE_LIMITS, before, raised))
            return NULL;
    }
    return limits_set(call->host, words) ? Py_NewRef(Py_None) : NULL;
}
