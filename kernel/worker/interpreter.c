/* interpreter: Python in this process, and the table of the requests that it answers. */
#include "kernel/worker/arenas.h"
#include "kernel/worker/checkpoint.h"
#include "kernel/worker/inside.h"

#include "base/floor_word.h"
#include "base/platform.h"
#include "magics/magic.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct worker *worker_self;

static const struct request_handler handlers[] = {
    {"execute_request", cell_execute},
    {"complete_request", complete_request},
    {"inspect_request", inspect_request},
    {"is_complete_request", iscomplete_request},
    {"comm_info_request", comm_info_request},
    {"comm_open", comm_open},
    {"comm_msg", comm_msg},
    {"comm_close", comm_close},
    {"debug_request", debugger_request},
    {NULL, NULL},
};

/* ---- reading requests ---- */

PyObject *request_str(const struct request *request, const char *field)
{
    PyObject *value = PyDict_GetItemString(request->content, field);

    if (value && PyUnicode_Check(value))
        return value;
    return PyErr_Format(PyExc_ValueError, "%s: field '%s' must be a string", request->msg_type,
                        field);
}

bool request_flag(const struct request *request, const char *field, bool fallback)
{
    PyObject *value = PyDict_GetItemString(request->content, field);

    return value && PyBool_Check(value) ? value == Py_True : fallback;
}

long request_int(const struct request *request, const char *field, long fallback)
{
    PyObject *value = PyDict_GetItemString(request->content, field);
    int overflow = 0;
    long number =
        value && PyLong_Check(value) ? PyLong_AsLongAndOverflow(value, &overflow) : fallback;

    return overflow ? fallback : number;
}

PyObject *request_dict(const struct request *request, const char *field)
{
    PyObject *value = PyDict_GetItemString(request->content, field);

    return value && PyDict_Check(value) ? value : NULL;
}

/* ---- answering ---- */

/* Send msg_type, content, metadata and buffers as the parts of a frame. */
static bool send_message(struct worker *self, struct hop_head head, const char *msg_type,
                         PyObject *content, PyObject *metadata, PyObject *buffers)
{
    Py_ssize_t count = buffers ? PySequence_Size(buffers) : 0;
    AUTO_TEXT body = {0};
    AUTO_TEXT extra = {0};

    if (count < 0 || count > (Py_ssize_t)HOP_PARTS_MAX - 3) {
        if (count >= 0)
            PyErr_SetString(PyExc_ValueError, "too many buffers");
        return false;
    }
    if (!json_write(&body, content) || (metadata && !json_write(&extra, metadata)))
        return false;
    if (body.failed || extra.failed)
        return PyErr_NoMemory() != NULL;
    struct hop_part *parts = calloc((size_t)count + 3, sizeof *parts);
    Py_buffer *views = calloc((size_t)count + 1, sizeof *views);
    Py_ssize_t held = 0;
    bool sent = parts && views;
    if (!sent)
        PyErr_NoMemory();
    else {
        parts[0] = (struct hop_part){msg_type, strlen(msg_type)};
        parts[1] = (struct hop_part){body.data, body.size};
        parts[2] = (struct hop_part){extra.size ? extra.data : "{}", extra.size ? extra.size : 2};
    }
    for (; sent && held < count; held++) {
        AUTO_REF PyObject *buffer = PySequence_GetItem(buffers, held);
        if (!buffer || PyObject_GetBuffer(buffer, &views[held], PyBUF_C_CONTIGUOUS) < 0) {
            sent = false;
            break;
        }
        parts[held + 3] = (struct hop_part){views[held].buf, (size_t)views[held].len};
    }
    head.parts = (uint32_t)count + 3;
    sent = sent && link_send(self, head, parts);
    while (held > 0)
        PyBuffer_Release(&views[--held]);
    free(parts);
    free(views);
    return sent;
}

/* Metadata of a reply from which frontends compute how long a cell took: when it started, ISO 8601
 * in UTC. */
static PyObject *timing(const struct request *request)
{
    char day[32], started[64];
    time_t seconds = (time_t)(request->began / 1000000);
    struct tm parts;

    gmtime_r(&seconds, &parts);
    strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(started, sizeof started, "%s.%06dZ", day, (int)(request->began % 1000000));
    return Py_BuildValue("{s:s}", "started", started);
}

bool worker_reply(struct worker *self, struct request *request, const char *msg_type,
                  PyObject *content)
{
    struct hop_head head = {.type = HOP_REPLY, .shell = request->shell, .request = request->number};

    AUTO_REF PyObject *metadata = request->began ? timing(request) : NULL;
    if (metadata == NULL && PyErr_Occurred())
        return false;
    interrupt_over(request->number);
    request->replied = send_message(self, head, msg_type, content, metadata, NULL);
    return request->replied;
}

bool worker_reply_error(struct worker *self, struct request *request, const char *msg_type)
{
    AUTO_REF PyObject *exception = interpreter_take_exception();
    AUTO_REF PyObject *content = exception ? traceback_describe(exception) : PyDict_New();
    AUTO_REF PyObject *status = PyUnicode_FromString("error");

    return content && status && PyDict_SetItemString(content, "status", status) == 0 &&
           worker_reply(self, request, msg_type, content);
}

/* Does an Output widget begin or end to take what is shown? */
static bool sets_output(const char *msg_type, PyObject *content)
{
    PyObject *data =
        strcmp(msg_type, "comm_msg") == 0 ? PyDict_GetItemString(content, "data") : NULL;
    PyObject *state = data && PyDict_Check(data) ? PyDict_GetItemString(data, "state") : NULL;

    return state && PyDict_Check(state) && PyDict_GetItemString(state, "msg_id");
}

bool worker_publish(struct worker *self, const char *msg_type, PyObject *content,
                    PyObject *metadata, PyObject *buffers)
{
    struct parent *parent = parent_current(self);
    AUTO_REF PyObject *owned = (PyObject *)parent;
    struct hop_head head = {.type = HOP_PUBLISH,
                            .shell = parent ? parent->shell : 0,
                            .request = parent ? parent->request : 0};

    if (parent && parent->silent)
        return true;
    if (parent)
        parent_announce(self, parent);
    self->redirected |= sets_output(msg_type, content);
    return send_message(self, head, msg_type, content, metadata, buffers);
}

PyObject *worker_query(struct worker *self, const char *kind, PyObject *content)
{
    struct parent *parent = parent_current(self);
    AUTO_REF PyObject *owned = (PyObject *)parent;
    AUTO_REF PyObject *json = json_encode(content);
    struct waiter waiter = {
        .type = HOP_ANSWER, .token = link_token(self), .request = parent ? parent->request : 0};
    struct hop_frame frame;
    PyObject *answer = NULL;

    if (!json)
        return NULL;
    if (atomic_load(&self->forked))
        return PyErr_Format(PyExc_RuntimeError,
                            "a preview, or a process that a cell forked, cannot ask the kernel");
    if (!waiter_enter(self, &waiter))
        return NULL;
    struct hop_part parts[] = {{kind, strlen(kind)},
                               {PyBytes_AS_STRING(json), (size_t)PyBytes_GET_SIZE(json)}};
    struct hop_head head = {.type = HOP_QUERY,
                            .shell = parent ? parent->shell : 0,
                            .parts = 2,
                            .token = waiter.token,
                            .request = waiter.request};
    if (link_send(self, head, parts) && waiter_wait(self, &waiter, &frame)) {
        answer =
            frame.head.parts ? json_decode(frame.parts[0].data, frame.parts[0].size) : PyDict_New();
        hop_frame_clear(&frame);
    }
    waiter_leave(self, &waiter);
    if (answer && !policy_apply(self))
        Py_CLEAR(answer);
    return answer;
}

/* ---- one request ---- */

static const struct request_handler *handler_find(const char *msg_type)
{
    for (const struct request_handler *row = handlers; row->msg_type; row++)
        if (strcmp(row->msg_type, msg_type) == 0 && row->handle)
            return row;
    return NULL;
}

/* "execute_request" is answered by "execute_reply". */
static void reply_type(const char *msg_type, char *name, size_t size)
{
    const char *end = strstr(msg_type, "_request");

    snprintf(name, size, "%.*s_reply", (int)(end ? (size_t)(end - msg_type) : strlen(msg_type)),
             msg_type);
}

/* A request that its handler left without reply. */
static void reply_done(struct worker *self, struct request *request)
{
    char name[80];

    reply_type(request->msg_type, name, sizeof name);
    if (PyErr_Occurred() && strncmp(request->msg_type, "comm_", 5) == 0 &&
        !strstr(request->msg_type, "_request")) {
        AUTO_REF PyObject *exception = interpreter_take_exception();
        AUTO_REF PyObject *text = exception ? traceback_text(exception) : NULL;
        const char *utf8 = text ? PyUnicode_AsUTF8(text) : NULL;
        if (utf8)
            streams_write(self, RING_STDERR, utf8, strlen(utf8));
        PyErr_Clear();
    } else if (PyErr_Occurred() && worker_reply_error(self, request, name)) {
        return;
    }
    PyErr_Clear();
    struct hop_head head = {.type = HOP_REPLY, .shell = request->shell, .request = request->number};
    if (strncmp(request->msg_type, "comm_", 5) != 0)
        link_refuse(self, &head, "RuntimeError", "the request could not be answered");
    else if (!link_send(self, head, NULL))
        PyErr_Clear();
}

static bool dispatch(struct worker *self, struct request *request)
{
    const struct request_handler *handler = handler_find(request->msg_type);
    bool silent = request_flag(request, "silent", false);
    struct parent *parent =
        parent_new(request, silent, request_flag(request, "allow_stdin", false));

    if (!parent)
        return false;
    if (request->shell == 0)
        watch_for(request->number, silent);
    bool handled = parent_enter(self, parent) && policy_apply(self);
    if (handled && !handler) {
        PyErr_Format(PyExc_NotImplementedError, "no answer to %s", request->msg_type);
        handled = false;
    }
    handled = handled && handler->handle(self, request);
    parent_finish(self, parent);
    Py_DECREF(parent);
    return handled;
}

/* The JSON object in part `index` of the frame; an empty one when there is none. */
static PyObject *part_object(const struct hop_frame *frame, uint32_t index)
{
    PyObject *object = NULL;

    if (index < frame->head.parts)
        object = json_decode(frame->parts[index].data, frame->parts[index].size);
    if (object && PyDict_Check(object))
        return object;
    Py_XDECREF(object);
    PyErr_Clear();
    return PyDict_New();
}

static PyObject *part_buffers(const struct hop_frame *frame)
{
    AUTO_REF PyObject *buffers = PyList_New(0);

    for (uint32_t i = 5; buffers && i < frame->head.parts; i++) {
        AUTO_REF PyObject *bytes =
            PyBytes_FromStringAndSize(frame->parts[i].data, (Py_ssize_t)frame->parts[i].size);
        if (!bytes || PyList_Append(buffers, bytes) < 0)
            return NULL;
    }
    return Py_XNewRef(buffers);
}

/* A cell forked and its child came to the end of the cell: what os.fork() in a script would do next
 * is exit. */
static void leave_child(void)
{
    PyErr_Clear();
    fflush(NULL);
    platform_exit(0);
}

static void mark_child(void)
{
    if (!atomic_load(&worker_self->checkpointing))
        atomic_store(&worker_self->forked, true);
}

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

void worker_handle(struct worker *self, const struct hop_frame *frame, PyObject *context)
{
    AUTO_REF PyObject *content = part_object(frame, 4);
    AUTO_REF PyObject *metadata = part_object(frame, 3);
    AUTO_REF PyObject *buffers = part_buffers(frame);
    struct request request = {.number = frame->head.request,
                              .shell = frame->head.shell,
                              .content = content,
                              .metadata = metadata,
                              .buffers = buffers,
                              .msg_type = frame->head.parts > 0 ? frame->parts[0].data : "",
                              .header = frame->head.parts > 1 ? frame->parts[1].data : "{}"};

    if (!content || !metadata || !buffers || PyContext_Enter(context) < 0) {
        reply_done(self, &request);
        return;
    }
    atomic_store(&self->latest_request, request.number);
    if (strcmp(request.msg_type, "execute_request") == 0)
        request.began = now_us();
    bool handled = dispatch(self, &request);
    if (atomic_load(&self->forked))
        leave_child();
    if (!request.replied)
        reply_done(self, &request);
    else if (!handled)
        PyErr_Clear();
    if (PyContext_Exit(context) < 0)
        PyErr_Clear();
}

/* ---- start ---- */

static bool path_insert(const char *directory, Py_ssize_t index)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */
    AUTO_REF PyObject *entry = PyUnicode_DecodeFSDefault(directory);

    if (!path || !entry || !PyList_Check(path))
        return false;
    return PyList_Insert(path, index < 0 ? PyList_GET_SIZE(path) : index, entry) == 0;
}

/* `python -c` has the current directory first: not while the kernel imports what it needs. */
static bool path_close(void)
{
    PyObject *path = PySys_GetObject("path"); /* borrowed */
    PyObject *first =
        path && PyList_Check(path) && PyList_GET_SIZE(path) ? PyList_GET_ITEM(path, 0) : NULL;

    return !first || !PyUnicode_Check(first) || PyUnicode_GET_LENGTH(first) > 0 ||
           PyList_SetSlice(path, 0, 1, NULL) == 0;
}

/* For the user's code it is there, unless the user wants none (PYTHONSAFEPATH); last the folder of
 * the package `safepyrun`, where the kernel brought one. */
static bool path_open(struct worker *self)
{
    char directory[4096];
    PyObject *flags = PySys_GetObject("flags"); /* borrowed */
    AUTO_REF PyObject *safe = flags ? PyObject_GetAttrString(flags, "safe_path") : NULL;

    if (!safe || (safe != Py_True && !path_insert("", 0)))
        return false;
    if (!self->data_dir)
        return true;
    snprintf(directory, sizeof directory, "%s/python", self->data_dir);
    return access(directory, X_OK) != 0 || (path_insert(directory, -1) && installed_add(directory));
}

static bool namespace_start(struct worker *self)
{
    self->main_thread = PyThread_get_thread_ident();
    self->main_module = Py_XNewRef(PyImport_AddModule("__main__"));
    if (!self->main_module)
        return false;
    self->globals = PyModule_GetDict(self->main_module);
    self->context = PyContext_New();
    return self->context != NULL;
}

/* Python's stack goes into the front's file when this process dies of a signal. */
static void listen_for_crashes(struct worker *self)
{
    AUTO_REF PyObject *module = self->crash_fd >= 0 ? PyImport_ImportModule("faulthandler") : NULL;
    AUTO_REF PyObject *enabled =
        module ? PyObject_CallMethod(module, "enable", "ii", self->crash_fd, 0) : NULL;

    PyErr_Clear();
}

bool interpreter_start(struct worker *self)
{
    worker_self = self;
    arenas_keep();
    pthread_atfork(NULL, NULL, mark_child);
    if (!path_close() || !module_install() || !json_install())
        return false;
    if (!namespace_start(self) || !sources_install() || !parent_init(self) ||
        !streams_install(self) || !stdin_install(self) || !history_init(self))
        return false;
    listen_for_crashes(self); /* while nothing is judged yet */
    if (!sandbox_install(SANDBOX_CLOSED) || !(self->sandbox = sandbox_new(self->globals, true)))
        return false;
    refusal_set_words(magics_remedy);
    policy_listen(self);
    permit_listen(self);
    return (!shell_install || shell_install(self)) && path_open(self);
}

bool interpreter_ready(struct worker *self)
{
    AUTO_REF PyObject *info = Py_BuildValue(
        "{s:s,s:N,s:s,s:{s:s,s:i},s:s,s:s,s:s}", "name", "python", "version",
        PyUnicode_FromFormat("%d.%d.%d", Py_Version >> 24, Py_Version >> 16 & 255,
                             Py_Version >> 8 & 255),
        "mimetype", "text/x-python", "codemirror_mode", "name", "ipython", "version", 3,
        "pygments_lexer", "ipython3", "nbconvert_exporter", "python", "file_extension", ".py");
    AUTO_REF PyObject *json = info ? json_encode(info) : NULL;
    char banner[256];

    if (!json)
        return false;
    int size =
        snprintf(banner, sizeof banner, "Python %s\nsafepyrun %s: every cell is safe to try.",
                 Py_GetVersion(), SAFEPYRUN_VERSION);
    struct hop_part parts[] = {
        {PyBytes_AS_STRING(json), (size_t)PyBytes_GET_SIZE(json)},
        {banner, (size_t)(size < (int)sizeof banner ? size : (int)sizeof banner - 1)},
        {debugger_is_installed() ? "1" : "0", 1}};
    struct hop_head head = {.type = HOP_READY, .parts = 3};
    floor_say(FLOOR_WORD_READY, 0); /* without a floor it fails, and no harm done */
    return link_send(self, head, parts);
}

/* ---- until the end ---- */

static enum link_result next_frame(struct worker *self, struct hop_frame *frame)
{
    enum link_result result = LINK_SIGNAL;

    if (self->loop) {
        interrupt_tasks(true);
        result = loop_wait(self, frame);
        interrupt_tasks(false);
    }
    if (result != LINK_SIGNAL)
        return result;
    Py_BEGIN_ALLOW_THREADS result = link_wait(self, link_shell(self, 0), true, frame);
    Py_END_ALLOW_THREADS return result;
}

static void run_atexit(void)
{
    AUTO_REF PyObject *threading =
        Py_XNewRef(PyDict_GetItemString(PyImport_GetModuleDict(), "threading"));
    AUTO_REF PyObject *atexit = PyImport_ImportModule("atexit");
    AUTO_REF PyObject *ran = atexit ? PyObject_CallMethod(atexit, "_run_exitfuncs", NULL) : NULL;

    PyErr_Clear();
}

int interpreter_run(struct worker *self)
{
    interrupt_over(0);
    for (;;) {
        struct hop_frame frame;
        enum link_result result = next_frame(self, &frame);

        if (result == LINK_END)
            break;
        if (result != LINK_FRAME)
            continue;
        if (frame.head.type == HOP_CHECKPOINT) {
            checkpoint_take(self, &frame);
        } else if (frame.head.type == HOP_RESUME) {
            checkpoint_resume(self, &frame);
        } else {
            watch_busy(true);
            breaking_cell(frame.head.request);
            interrupt_begin(self, frame.head.request);
            worker_handle(self, &frame, self->context);
            interrupt_over(frame.head.request);
            breaking_cell(0);
            watch_busy(false);
        }
        hop_frame_clear(&frame);
        if (atomic_load(&self->shutting_down))
            break;
    }
    signal(SIGINT, SIG_IGN); /* what ended the cell is not for what runs at the end */
    if (PyErr_CheckSignals() < 0)
        PyErr_Clear();
    run_atexit();
    watch_drain(self);
    return 0;
}
