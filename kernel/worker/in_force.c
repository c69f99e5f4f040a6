/* policy: what the front says is in force (HOP_POLICY) comes to the sandbox; what the sandbox
 * refuses goes to the front's audit log. */
#include "kernel/worker/inside.h"
#include "kernel/worker/preview.h"

#include <string.h>

/* Each grant by name; what is not loaded yet waits for its library. */
static bool allow_all(PyObject *names, enum grade grade)
{
    for (Py_ssize_t i = 0; names && PyList_Check(names) && i < PyList_GET_SIZE(names); i++) {
        const char *name = PyUnicode_AsUTF8(PyList_GET_ITEM(names, i));
        if (!name || !grants_allow_later(name, grade, NULL))
            return false;
    }
    return true;
}

/* `apply` for each path that was not there before. */
static bool each_new_path(PyObject *seen, PyObject *paths, bool (*apply)(const char *))
{
    for (Py_ssize_t i = 0; paths && PyList_Check(paths) && i < PyList_GET_SIZE(paths); i++) {
        PyObject *path = PyList_GET_ITEM(paths, i);
        const char *text = PyUnicode_Check(path) ? PyUnicode_AsUTF8(path) : NULL;

        if (!text || !*text || PySet_Contains(seen, path))
            continue;
        if (PySet_Add(seen, path) < 0 || !apply(text))
            return false;
    }
    return true;
}

static bool policy_set(struct worker *self, PyObject *content)
{
    static PyObject *protected_paths, *denied_reads;
    PyObject *dests = PyDict_GetItemString(content, "ok_dests");

    if (!protected_paths &&
        (!(protected_paths = PySet_New(NULL)) || !(denied_reads = PySet_New(NULL))))
        return false;
    if (dests && !sandbox_set_ok_dests(self->sandbox, dests))
        return false;
    PyObject *scratch = PyDict_GetItemString(content, "scratch");
    const char *folder = scratch && PyUnicode_Check(scratch) ? PyUnicode_AsUTF8(scratch) : NULL;
    if (folder && *folder && !dests_set_scratch(folder))
        PyErr_Clear(); /* somebody took it away: cells have none */
    Py_XSETREF(self->policy, Py_NewRef(content));
    PyObject *layers = PyDict_GetItemString(content, "layers");
    PyObject *why = layers && PyDict_Check(layers) ? PyDict_GetItemString(layers, "why") : Py_None;
    ground_set(!layers ? "the front did not say" : why ? PyUnicode_AsUTF8(why) : NULL);
    const char *unlisted = text_of(PyDict_GetItemString(content, "unlisted"));
    unlisted_set(ground_is_there() && unlisted && strcmp(unlisted, "gate") == 0);
    return allow_all(PyDict_GetItemString(content, "allow"), GRADE_GATED) &&
           allow_all(PyDict_GetItemString(content, "trust"), GRADE_TRUSTED) &&
           each_new_path(protected_paths, PyDict_GetItemString(content, "protected"),
                         dests_protect) &&
           each_new_path(denied_reads, PyDict_GetItemString(content, "denied_reads"),
                         dests_deny_reads);
}

/* What there was no memory for comes once more, before what follows. */
static void ask_again(struct worker *self)
{
    PyObject *type, *value, *traceback;

    PyErr_Fetch(&type, &value, &traceback);
    if (!link_send(self, (struct hop_head){.type = HOP_POLICY_LOST}, NULL))
        PyErr_Clear();
    PyErr_Restore(type, value, traceback);
}

bool policy_apply(struct worker *self)
{
    struct hop_frame frame;

    if (!link_policy(self, &frame))
        return true;
    AUTO_REF PyObject *content = frame.lost ? PyErr_NoMemory()
                                 : frame.head.parts
                                     ? json_decode(frame.parts[0].data, frame.parts[0].size)
                                     : PyDict_New();
    hop_frame_clear(&frame);
    if (content && PyDict_Check(content) && policy_set(self, content))
        return true;
    if (PyErr_ExceptionMatches(PyExc_MemoryError))
        ask_again(self);
    return false;
}

/* A refusal: told to the front, which writes the audit log; its answer is not waited for. */
static void refusal_heard(void *context, const char *kind, const char *callable, const char *reason,
                          const char *rule)
{
    struct worker *self = context;
    PyObject *type, *value, *traceback;
    char library[128];

    PyErr_Fetch(&type, &value, &traceback);
    preview_refused(kind, callable, reason);
    person_library(library, sizeof library);
    struct parent *parent = parent_current(self);
    AUTO_REF PyObject *content =
        Py_BuildValue("{s:s,s:s,s:s,s:s,s:s,s:i}", "kind", kind ? kind : "", "callable",
                      callable ? callable : "", "reason", reason ? reason : "", "rule",
                      rule ? rule : "", "by", library, "cell", parent ? parent->count : 0);
    Py_XDECREF(parent);
    AUTO_REF PyObject *json = content ? json_encode(content) : NULL;
    if (json) {
        struct hop_part parts[] = {{"audit", 5},
                                   {PyBytes_AS_STRING(json), (size_t)PyBytes_GET_SIZE(json)}};
        struct hop_head head = {.type = HOP_QUERY, .parts = 2, .token = link_token(self)};
        link_send(self, head, parts);
    }
    PyErr_Restore(type, value, traceback);
}

void policy_listen(struct worker *self)
{
    refusal_listen(refusal_heard, self);
}
