/* stdin: input() and getpass.getpass() ask the frontend of the cell that calls them. */
#include "kernel/worker/inside.h"

#include <string.h>

static PyObject *not_allowed(void)
{
    static PyObject *type;

    if (!type)
        type = PyErr_NewExceptionWithDoc("_safepyrun_kernel.StdinNotImplementedError",
                                         "This frontend gives no input.", PyExc_NotImplementedError,
                                         NULL);
    if (type)
        PyErr_SetString(type,
                        "raw_input was called, but this frontend does not support input requests.");
    return NULL;
}

static bool ask(struct worker *self, struct parent *parent, uint32_t token, PyObject *prompt,
                bool password)
{
    AUTO_REF PyObject *content =
        Py_BuildValue("{s:O,s:O}", "prompt", prompt, "password", password ? Py_True : Py_False);
    AUTO_REF PyObject *json = content ? json_encode(content) : NULL;

    if (!json)
        return false;
    struct hop_part part = {PyBytes_AS_STRING(json), (size_t)PyBytes_GET_SIZE(json)};
    struct hop_head head = {.type = HOP_ASK_INPUT,
                            .shell = parent->shell,
                            .parts = 1,
                            .token = token,
                            .request = parent->request};
    return link_send(self, head, &part);
}

static PyObject *read_for(struct worker *self, struct parent *parent, PyObject *prompt,
                          bool password)
{
    struct waiter waiter = {
        .type = HOP_INPUT, .token = link_token(self), .request = parent->request};
    struct hop_frame frame;
    PyObject *text = NULL;

    if (!waiter_enter(self, &waiter))
        return NULL;
    watch_drain(self);
    if (ask(self, parent, waiter.token, prompt, password) && waiter_wait(self, &waiter, &frame)) {
        text = frame.head.parts ? PyUnicode_DecodeUTF8(frame.parts[0].data,
                                                       (Py_ssize_t)frame.parts[0].size, "replace")
                                : not_allowed();
        hop_frame_clear(&frame);
    }
    waiter_leave(self, &waiter);
    return text;
}

PyObject *stdin_read(struct worker *self, PyObject *prompt, bool password)
{
    struct parent *parent = parent_current(self);

    if (!parent)
        return not_allowed();
    PyObject *text = parent->allow_stdin && !parent->over ? read_for(self, parent, prompt, password)
                                                          : not_allowed();
    Py_DECREF(parent);
    return text;
}
