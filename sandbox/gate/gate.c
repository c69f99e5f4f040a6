/* gate: the audit hook, and the question who is asking.
 *
 * The frames are walked from the event outward. Sandbox code met first: it is judged. A trusted
 * scope met first (a trusted callable, the kernel's own C code): permitted. Nothing met: in the
 * closed mode the process's sandbox is judged - a finalizer, a thread, a callback of a library; in
 * the open mode the host program is at work, unless sandbox code started this thread. */
#include "sandbox/gate/gate.h"

#include "sandbox/gate/descriptors.h"
#include "sandbox/gate/extension.h"
#include "sandbox/gate/judge.h"
#include "sandbox/owners/owners.h"

static enum sandbox_mode gate_mode;
static bool installed;
static bool debugger; /* is one attached? */
static struct sandbox *default_sandbox;
static int sandboxes;              /* how many there are */
static PyObject *import_system[2]; /* the dicts of its modules; borrowed */

static _Thread_local struct gate_scope *scope_top;
static _Thread_local struct sandbox *thread_sandbox;
static _Thread_local int net_depth;
static _Thread_local bool judging;
static _Thread_local PyFrameObject *judged_frame; /* borrowed, compared only: see is_own_event */

/* ---- scopes ---- */

/* A capsule that a trusted scope shares with the threads that are started in it; its context is
 * that scope as long as it is open, then NULL. Under the GIL. */
static const char trust_name[] = "safepyrun.trust";

void gate_trusted_enter(struct gate_scope *scope)
{
    scope->outer = scope_top;
    scope->frame = PyEval_GetFrame(); /* borrowed; on the stack as long as the scope */
    scope->judged = NULL;
    scope->reading = false;
    scope->trust = NULL;
    scope_top = scope;
}

void gate_reading_enter(struct gate_scope *scope)
{
    gate_trusted_enter(scope);
    scope->reading = true;
}

void gate_judged_enter(struct gate_scope *scope, struct sandbox *sandbox)
{
    gate_trusted_enter(scope);
    scope->judged = sandbox;
}

void gate_trusted_exit(struct gate_scope *scope)
{
    scope_top = scope->outer;
    if (scope->trust && PyCapsule_GetContext(scope->trust) == scope)
        PyCapsule_SetContext(scope->trust, NULL);
    Py_XDECREF(scope->trust);
}

/* ---- threads of a trusted scope ---- */

PyObject *gate_trust(void)
{
    struct gate_scope *scope = scope_top;

    if (!gate_is_closed() || !scope || scope->judged || scope->reading)
        return NULL;
    if (!scope->trust) {
        scope->trust = PyCapsule_New((void *)trust_name, trust_name, NULL);
        if (scope->trust)
            PyCapsule_SetContext(scope->trust, scope);
    }
    return Py_XNewRef(scope->trust);
}

bool gate_trust_enter(struct gate_scope *scope, PyObject *capsule)
{
    if (!PyCapsule_IsValid(capsule, trust_name))
        return false;
    gate_trusted_enter(scope);
    scope->trust = Py_NewRef(capsule);
    return true;
}

void gate_net_enter(void)
{
    net_depth++;
}

void gate_net_exit(void)
{
    net_depth--;
}

bool gate_net_active(void)
{
    return net_depth > 0;
}

bool gate_is_closed(void)
{
    return gate_mode == SANDBOX_CLOSED;
}

struct sandbox *gate_thread_sandbox(void)
{
    return thread_sandbox;
}

void gate_thread_set(struct sandbox *sandbox)
{
    thread_sandbox = sandbox;
}

struct sandbox *gate_default(void)
{
    return default_sandbox;
}

void gate_set_default(struct sandbox *sandbox)
{
    default_sandbox = sandbox;
    if (sandbox && gate_is_closed())
        descriptors_keep();
}

void gate_count(int more)
{
    sandboxes += more;
}

/* ---- who asks ---- */

/* What a scope that was met says. */
static void ask_scope(const struct gate_scope *scope, struct asker *asker)
{
    bool over = scope->trust && !PyCapsule_GetContext(scope->trust);

    asker->sandbox = over ? default_sandbox : scope->judged;
    asker->permitted = !asker->sandbox;
    asker->reading = scope->reading;
}

/* Frames are made into objects by being looked at, which may start the collector, whose finalizers
 * are anybody's code: nothing is collected between these. They nest. */
static int still_depth, collects; /* both under the GIL */

static void still_enter(void)
{
    if (still_depth++ == 0)
        collects = PyGC_Disable();
}

static void still_exit(void)
{
    if (--still_depth == 0 && collects)
        PyGC_Enable();
}

/* What nothing on the stack decides. */
static struct asker ask_origin(void)
{
    struct sandbox *sandbox = thread_sandbox                ? thread_sandbox
                              : gate_mode == SANDBOX_CLOSED ? default_sandbox
                                                            : NULL;

    return (struct asker){.permitted = !sandbox, .undecided = !sandbox, .sandbox = sandbox};
}

bool gate_is_import_frame(PyFrameObject *frame)
{
    AUTO_REF PyObject *globals = PyFrame_GetGlobals(frame);

    return globals && (globals == import_system[0] || globals == import_system[1]);
}

/* The body of a module that is being imported? */
static bool is_module_body(PyFrameObject *frame, const PyCodeObject *code)
{
    if (code->co_flags & CO_OPTIMIZED ||
        PyUnicode_CompareWithASCIIString(code->co_name, "<module>") != 0)
        return false;
    AUTO_REF PyObject *globals = PyFrame_GetGlobals(frame);
    AUTO_ERROR(set); /* who asks may be refusing */
    return globals && PyDict_Check(globals) && libraries_are_importing(globals);
}

static struct asker ask_frames(void)
{
    struct gate_scope *scope = scope_top;
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get()); /* new reference */
    struct asker asker = {0};
    bool decided = false, first = true;

    if (!frame && scope) {
        ask_scope(scope, &asker);
        return asker;
    }
    while (frame && !decided) {
        PyCodeObject *code = PyFrame_GetCode(frame);
        struct sandbox *sandbox = code_sandbox((PyObject *)code);

        asker.in_import |= first && gate_is_import_frame(frame);
        asker.importing |= asker.in_import || is_module_body(frame, code);
        if (scope && scope->frame == (void *)frame) {
            ask_scope(scope, &asker); /* the scope was entered from this frame */
            decided = true;
        } else if (sandbox) {
            asker.sandbox = sandbox;
            decided = true;
        }
        Py_DECREF(code);
        PyFrameObject *outer = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = outer;
        first = false;
    }
    Py_XDECREF(frame);
    if (!decided && scope && !scope->frame) { /* entered with no Python frame below */
        ask_scope(scope, &asker);
        decided = true;
    }
    if (decided)
        return asker;
    return gate_origin(&asker);
}

struct asker gate_asker(void)
{
    still_enter();
    struct asker asker = ask_frames();
    still_exit();
    return asker;
}

struct asker gate_origin(const struct asker *asker)
{
    struct asker origin = ask_origin();

    origin.in_import = asker->in_import;
    origin.importing = asker->importing;
    origin.event = asker->event;
    return origin;
}

bool gate_loads_extension(void)
{
    bool loads = false;

    still_enter();
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get()); /* new reference */
    while (frame && !loads) {
        AUTO_REF PyObject *code = (PyObject *)PyFrame_GetCode(frame);
        PyObject *name = ((PyCodeObject *)code)->co_qualname;
        loads = !PyUnicode_CompareWithASCIIString(name, "ExtensionFileLoader.create_module") ||
                !PyUnicode_CompareWithASCIIString(name, "ExtensionFileLoader.exec_module");
        loads = loads && gate_is_import_frame(frame);
        PyFrameObject *outer = code_sandbox(code) ? NULL : PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = outer;
    }
    Py_XDECREF(frame);
    still_exit();
    return loads;
}

PyObject *gate_dests(const struct asker *asker)
{
    return person_dests(asker->sandbox ? asker->sandbox->ok_dests : NULL);
}

void gate_set_debugger(bool attached)
{
    debugger = attached;
}

bool gate_is_debugging(void)
{
    return debugger && PyThreadState_Get()->tracing > 0;
}

/* Where a single sandbox answers for all that runs, and nothing on this thread is trusted, the
 * frames can name no other. NULL: they have to be asked. */
static struct sandbox *the_only_one(void)
{
    if (gate_mode != SANDBOX_CLOSED || sandboxes != 1)
        return NULL;
    for (const struct gate_scope *scope = scope_top; scope; scope = scope->outer)
        if (scope->judged != default_sandbox)
            return NULL;
    return default_sandbox;
}

struct sandbox *gate_current(void)
{
    struct sandbox *sandbox = the_only_one();

    return sandbox ? sandbox : gate_asker().sandbox;
}

struct sandbox *gate_required(void)
{
    struct sandbox *sandbox = gate_current();

    if (!sandbox)
        PyErr_SetString(PyExc_RuntimeError, "this function belongs to sandboxed code");
    return sandbox;
}

/* ---- refusing ---- */

int gate_refuse_by(const char *rule, const char *what, const char *reason,
                   const struct remedy *remedy)
{
    refusal_raise_by(rule, "effect", what, reason, remedy);
    return -1;
}

struct sandbox *gate_judged(void)
{
    struct asker asker = gate_asker();

    return asker.permitted || asker.importing ? NULL : asker.sandbox;
}

/* ---- the hook ---- */

/* An event that a judgement itself raises comes from where that began. What comes from another
 * frame is a finalizer's, of something that was let go meanwhile. */
static bool is_own_event(void)
{
    return judging && PyEval_GetFrame() == judged_frame;
}

static int judge(const struct effect *effect, PyObject *arguments)
{
    bool outer_judging = judging;
    PyFrameObject *outer_frame = judged_frame;

    judging = true;
    judged_frame = PyEval_GetFrame();
    int verdict = judge_effect(effect, arguments);
    judging = outer_judging;
    judged_frame = outer_frame;
    return verdict;
}

static int judge_still(const struct effect *effect, PyObject *arguments)
{
    still_enter();
    int verdict = judge(effect, arguments);
    still_exit();
    return verdict;
}

/* Refused: may a person permit the folder? Then it is judged again with it, since there may be
 * another, or it may lead elsewhere by now. */
static bool ask_places(const struct effect *effect, PyObject *arguments)
{
    enum { PLACES_MOST = 4 };
    struct person_scope scopes[PLACES_MOST];
    int depth = 0, verdict = -1;

    while (verdict < 0 && depth < PLACES_MOST) {
        AUTO_REF PyObject *places = person_asked_of_event();
        if (!places)
            break;
        person_place_enter(&scopes[depth++], places);
        bool held = refusal_hold(true);
        verdict = judge_still(effect, arguments);
        refusal_hold(held);
    }
    while (depth > 0)
        person_place_leave(&scopes[--depth]);
    return verdict == 0;
}

/* A library that catches it fails for its consequence, in words of its own. */
static void keep_for_library(void)
{
    PyObject *type, *error, *traceback;
    char library[128];

    PyErr_Fetch(&type, &error, &traceback);
    AUTO_REF PyObject *frame = (PyObject *)PyThreadState_GetFrame(PyThreadState_Get());
    const char *module = frame_library((PyFrameObject *)frame);
    PyErr_Restore(type, error, traceback);
    if (!module)
        return;
    snprintf(library, sizeof library, "%.*s", (int)strcspn(module, "."), module);
    refusal_keep(library);
}

static int hook(const char *event, PyObject *arguments, void *unused)
{
    (void)unused;
    const struct effect *effect = installed ? effects_find(event) : NULL;

    if (!effect || judge_is_harmless(effect, arguments))
        return 0;
    if (gate_mode == SANDBOX_CLOSED && !default_sandbox)
        return 0; /* the worker is still starting */
    if (is_own_event())
        return 0;
    bool held = refusal_hold(true);
    int verdict = judge_still(effect, arguments);
    refusal_hold(held);
    if (verdict == 0)
        return 0;
    if (hooks_let_pass(gate_current(), event, arguments) || ask_places(effect, arguments))
        return 0;
    if (!held)
        refusal_tell();
    keep_for_library();
    return -1;
}

void gate_import(const char *module)
{
    bool before = judging;

    judging = false;
    PyObject *imported = PyImport_ImportModule(module);
    judging = before;
    Py_XDECREF(imported);
    PyErr_Clear();
}

PyObject *gate_module_names(const char *name)
{
    AUTO_REF PyObject *module = PyImport_ImportModule(name);

    return module ? PyModule_GetDict(module) : NULL;
}

bool gate_init(enum sandbox_mode mode)
{
    gate_mode = mode;
    if (installed)
        return true;
    import_system[0] = gate_module_names("_frozen_importlib");
    import_system[1] = gate_module_names("_frozen_importlib_external");
    return import_system[0] && import_system[1] && dests_init() && installed_init() &&
           extension_init() && effects_init();
}

bool gate_listen(void)
{
    if (!installed && PySys_AddAuditHook(hook, NULL) < 0)
        return false;
    installed = true;
    return true;
}
