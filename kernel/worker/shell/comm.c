/* comm: comm messages go to the Python part (shims/_safepyrun_comm.py), which is imported with the
 * first one. */
#include "kernel/worker/inside.h"

#include <string.h>

/* _safepyrun_comm.handle(msg_type, content, metadata, buffers) */
static bool hand_over(struct request *request)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("_safepyrun_comm");
    AUTO_REF PyObject *done =
        module ? PyObject_CallMethod(module, "handle", "sOOO", request->msg_type, request->content,
                                     request->metadata, request->buffers)
               : NULL;

    return done != NULL;
}

bool comm_open(struct worker *self, struct request *request)
{
    (void)self;
    return hand_over(request);
}

bool comm_msg(struct worker *self, struct request *request)
{
    (void)self;
    return hand_over(request);
}

bool comm_close(struct worker *self, struct request *request)
{
    (void)self;
    return hand_over(request);
}

bool comm_info_request(struct worker *self, struct request *request)
{
    PyObject *target = PyDict_GetItemString(request->content, "target_name"); /* borrowed */
    AUTO_REF PyObject *name = PyUnicode_FromString("_safepyrun_comm");
    PyObject *module = name ? PyDict_GetItemWithError(PyImport_GetModuleDict(), name) : NULL;
    AUTO_REF PyObject *comms =
        module ? PyObject_CallMethod(module, "info", "O", target ? target : Py_None) : PyDict_New();
    AUTO_REF PyObject *content =
        comms ? Py_BuildValue("{s:s,s:O}", "status", "ok", "comms", comms) : NULL;

    return content && worker_reply(self, request, "comm_info_reply", content);
}
