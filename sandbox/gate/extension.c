/* extension: is compiled code of an installed library at work, called from the Python code that is
 * on top? */
#include "sandbox/gate/extension.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unwind.h>

#include "base/interpreter.h"
#include "base/reference.h"

enum { DEPTH_MOST = 64 };

struct search {
    char *name;
    size_t size;
    int depth;
    bool found;
};

/* What calls Python's functions: no exported name since 3.13. */
static uintptr_t function_call;

bool extension_init(void)
{
    AUTO_REF PyObject *code = (PyObject *)PyCode_NewEmpty("extension", "call", 1);
    AUTO_REF PyObject *names = PyDict_New();
    AUTO_REF PyObject *function = code && names ? PyFunction_New(code, names) : NULL;

    if (function)
        function_call = (uintptr_t)((PyFunctionObject *)function)->vectorcall;
    return function != NULL;
}

/* Where Python code is run: what is further out worked for somebody else. */
static bool is_interpreter(uintptr_t start)
{
    return start == INTERPRETER_LOOP || start == function_call ||
           start == (uintptr_t)PyEval_EvalCode;
}

/* "pandas" for /usr/lib/python3/dist-packages/pandas/_libs/x.so; NULL: no installed library's. */
static const char *package_in(const char *path, size_t *length)
{
    static const char *const folders[] = {"/site-packages/", "/dist-packages/"};

    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        const char *folder = strstr(path, folders[i]);
        if (folder) {
            const char *package = folder + strlen(folders[i]);
            *length = strcspn(package, "/.");
            return package;
        }
    }
    return NULL;
}

static _Unwind_Reason_Code look(struct _Unwind_Context *context, void *argument)
{
    static const char own[] = "of this file's object";
    struct search *search = argument;
    uintptr_t at = _Unwind_GetIP(context);
    Dl_info place, here;
    size_t length;

    if (search->depth++ >= DEPTH_MOST || is_interpreter(_Unwind_GetRegionStart(context)))
        return _URC_END_OF_STACK;
    if (!at || !dladdr((void *)(at - 1), &place) || !place.dli_fname ||
        (dladdr(own, &here) && here.dli_fbase == place.dli_fbase))
        return _URC_NO_REASON;
    const char *package = package_in(place.dli_fname, &length);
    if (!package)
        return _URC_NO_REASON;
    if (search->name)
        snprintf(search->name, search->size, "%.*s", (int)length, package);
    search->found = true;
    return _URC_END_OF_STACK;
}

bool extension_at_work(char *out, size_t size)
{
    struct search search = {.name = out, .size = size};

    _Unwind_Backtrace(look, &search);
    return search.found;
}
