/* verdict: remembered answers, and when they stand. */
#include "sandbox/owners/verdict.h"

#include "base/interpreter.h"

uint32_t verdict_epoch = 1;

unsigned verdict_version(PyTypeObject *type)
{
    static PyObject *any_name;
    unsigned version = interpreter_type_version(type);

    if (version)
        return version;
    if (!any_name && !(any_name = PyUnicode_InternFromString("__init__"))) {
        PyErr_Clear();
        return 0;
    }
    interpreter_type_lookup(type, any_name); /* gives it one, while there are any left */
    return interpreter_type_version(type);
}

static void keep(struct verdicts *self, const struct verdict *verdict)
{
    unsigned at = verdicts_place(verdict->about);

    self->rows[at ^ 1] = self->rows[at];
    self->rows[at] = *verdict;
}

void verdicts_keep(struct verdicts *self, const void *about, uint64_t run, const void *answer)
{
    keep(self, &(struct verdict){about, verdict_when(0), run, answer});
}

void verdicts_keep_type(struct verdicts *self, PyTypeObject *type, uint64_t run, const void *answer)
{
    unsigned version = verdict_version(type);

    if (version)
        keep(self, &(struct verdict){type, verdict_when(version), run, answer});
}
