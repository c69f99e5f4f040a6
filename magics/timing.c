/* timing: %time, %%time, %timeit, %%timeit. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static double wall_seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

struct cpu {
    double user_s;
    double system_s;
};

static struct cpu cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (struct cpu){(double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6,
                        (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec * 1e-6};
}

/* "1min 3s", "1.5 s", "12 ms", "3.4 μs": `precision` significant digits, as IPython prints them. */
static void format_seconds(double seconds, int precision, char *out, size_t size)
{
    static const char *const units[] = {"s", "ms", "μs", "ns"};
    static const double scales[] = {1.0, 1e3, 1e6, 1e9};

    if (seconds >= 60.0) {
        static const struct {
            const char *name;
            double length_s;
        } parts[] = {{"d", 86400}, {"h", 3600}, {"min", 60}, {"s", 1}};
        size_t used = 0;
        out[0] = 0;
        for (size_t i = 0; i < 4 && used < size; i++) {
            double count = floor(seconds / parts[i].length_s);
            if (count > 0)
                used += (size_t)snprintf(out + used, size - used, "%s%.0f%s", used ? " " : "",
                                         count, parts[i].name);
            seconds -= count * parts[i].length_s;
        }
        return;
    }
    int order = seconds > 0 ? -(int)floor(floor(log10(seconds)) / 3) : 3;
    order = order < 0 ? 0 : order > 3 ? 3 : order;
    snprintf(out, size, "%.*g", precision, seconds * scales[order]);
    if (order > 0 &&
        strtod(out, NULL) >= 1000) /* 999.9 ns is 1 us when it is rounded, not 1e+03 ns */
        snprintf(out, size, "%.*g", precision, seconds * scales[--order]);
    size_t used = strlen(out);
    snprintf(out + used, size - used, " %s", units[order]);
}

/* ---- %time ---- */

/* Run what was compiled; coroutines (top-level await) go through the kernel's loop with the
 * source. */
static PyObject *run_compiled(const struct magic_call *call, const struct sandbox_code *code,
                              PyObject *source, int first_line)
{
    if (((PyCodeObject *)code->code)->co_flags & (CO_COROUTINE | CO_ASYNC_GENERATOR))
        return run_source(call, source, first_line);
    AUTO_REF PyObject *done = PyEval_EvalCode(code->code, call->host->globals, call->host->globals);
    if (!done)
        return NULL;
    PyObject *value = code->result ? box_take(code->result) : NULL;

    if (!value && !PyErr_Occurred())
        value = Py_NewRef(Py_None);
    return value;
}

static bool compile_timed(const struct magic_call *call, PyObject *source, int first_line,
                          struct sandbox_code *code)
{
    AUTO_TEXT text = {0};
    AUTO_REF PyObject *plain = magic_transform(source);

    for (int i = 1; i < first_line; i++)
        text_add(&text, "\n", 1);
    if (!plain || !text_add_object(&text, plain))
        return false;
    AUTO_REF PyObject *padded = text_finish(&text);
    PyObject *filename = call->host->filename(call->host->context); /* borrowed */

    return padded && filename &&
           compile_source(call->host->sandbox, padded, filename, Py_file_input,
                          SANDBOX_RESULT | SANDBOX_TOP_AWAIT | SANDBOX_INHERIT, code);
}

static void print_times(struct cpu before, double start_s)
{
    double wall_s = wall_seconds() - start_s;
    struct cpu after = cpu_seconds();
    double user_s = after.user_s - before.user_s, system_s = after.system_s - before.system_s;
    char user[48], system[48], total[48], wall[48];

    format_seconds(user_s, 3, user, sizeof user);
    format_seconds(system_s, 3, system, sizeof system);
    format_seconds(user_s + system_s, 3, total, sizeof total);
    format_seconds(wall_s, 3, wall, sizeof wall);
    print_line("CPU times: user %s, sys: %s, total: %s\nWall time: %s", user, system, total, wall);
}

PyObject *magic_time(const struct magic_call *call)
{
    PyObject *source = call->cell ? call->cell : call->line;
    struct sandbox_code code = {0};

    if (call->cell && PyUnicode_GET_LENGTH(call->line))
        return usage_error("%%%%time takes its code from the cell below, not from its own line");
    if (!compile_timed(call, source, call->cell ? 2 : 1, &code))
        return NULL;
    AUTO_REF PyObject *owned_code = code.code;
    AUTO_REF PyObject *owned_box = code.result;
    struct cpu before = cpu_seconds();
    double start_s = wall_seconds();
    AUTO_REF PyObject *value = run_compiled(call, &code, source, call->cell ? 2 : 1);

    if (!value) { /* the times of a cell that failed are still of interest */
        PyObject *type, *error, *traceback;
        PyErr_Fetch(&type, &error, &traceback);
        print_times(before, start_s);
        PyErr_Restore(type, error, traceback);
        return NULL;
    }
    print_times(before, start_s);
    return PyErr_Occurred() ? NULL : Py_NewRef(value);
}

/* ---- %timeit ---- */

static PyStructSequence_Field result_fields[] = {
    {"best", "seconds per loop of the fastest run"},
    {"worst", "seconds per loop of the slowest run"},
    {"average", "mean seconds per loop"},
    {"stdev", "standard deviation of the runs' seconds per loop"},
    {"loops", "loops per run"},
    {"repeat", "runs"},
    {"timings", "list of seconds per loop, one for each run"},
    {"all_runs", "list of seconds per run"},
    {NULL, NULL},
};
static PyStructSequence_Desc result_desc = {
    .name = "safepyrun.TimeitResult",
    .doc = "What %timeit -o returns.",
    .fields = result_fields,
    .n_in_sequence = 8,
};

enum { RESULT_AVERAGE = 2, RESULT_STDEV = 3, RESULT_LOOPS = 4, RESULT_REPEAT = 5 };

/* The loop function, with the statement's own AST spliced into it so that strings keep their
 * lines; a coroutine function for code that awaits. */
static PyObject *build_loop(PyObject *setup, PyObject *statement, bool awaits)
{
    static const char template[] = "async def timeit_loop(_timeit_it, _timeit_clock):\n"
                                   "    _timeit_start = _timeit_clock()\n"
                                   "    for _timeit_i in _timeit_it:\n"
                                   "        pass\n"
                                   "    return _timeit_clock() - _timeit_start\n";
    PyCompilerFlags flags = {.cf_flags = PyCF_ONLY_AST, .cf_feature_version = PY_MINOR_VERSION};
    AUTO_REF PyObject *tree = Py_CompileStringExFlags(template + (awaits ? 0 : strlen("async ")),
                                                      "<timeit>", Py_file_input, &flags, -1);
    AUTO_REF PyObject *body = tree ? PyObject_GetAttrString(tree, "body") : NULL;
    AUTO_REF PyObject *inner =
        body ? PyObject_GetAttrString(PyList_GET_ITEM(body, 0), "body") : NULL;
    AUTO_REF PyObject *timed = statement ? PyObject_GetAttrString(statement, "body") : NULL;

    if (!inner || !timed)
        return NULL;
    if (PyList_GET_SIZE(timed) &&
        PyObject_SetAttrString(PyList_GET_ITEM(inner, 1), "body", timed) < 0)
        return NULL;
    AUTO_REF PyObject *before = setup ? PyObject_GetAttrString(setup, "body") : NULL;
    if (setup && (!before || PyList_SetSlice(inner, 0, 0, before) < 0))
        return NULL;
    return Py_NewRef(tree);
}

static PyObject *parse_part(PyObject *source, PyObject *filename)
{
    PyCompilerFlags flags = {.cf_flags = PyCF_ONLY_AST, .cf_feature_version = PY_MINOR_VERSION};
    AUTO_REF PyObject *plain = magic_transform(source);
    const char *text = plain ? PyUnicode_AsUTF8(plain) : NULL;

    return text ? Py_CompileStringObject(text, filename, Py_file_input, &flags, -1) : NULL;
}

/* New reference to the guarded loop function, whose globals are the user's. */
static PyObject *compile_loop(const struct magic_call *call, PyObject *setup_source,
                              PyObject *statement_source, bool awaits)
{
    PyObject *filename = call->host->filename(call->host->context);
    AUTO_REF PyObject *setup = setup_source && filename ? parse_part(setup_source, filename) : NULL;

    if (!filename || (setup_source && !setup))
        return NULL;
    AUTO_REF PyObject *statement = parse_part(statement_source, filename);
    AUTO_REF PyObject *tree = statement ? build_loop(setup, statement, awaits) : NULL;
    struct sandbox_code code = {0};

    if (!tree ||
        !compile_source(call->host->sandbox, tree, filename, Py_file_input, SANDBOX_INHERIT, &code))
        return NULL;
    AUTO_REF PyObject *owned_code = code.code;
    AUTO_REF PyObject *owned_box = code.result;
    AUTO_REF PyObject *locals = PyDict_New();
    AUTO_REF PyObject *done =
        locals ? PyEval_EvalCode(code.code, call->host->globals, locals) : NULL;

    return done ? Py_XNewRef(PyDict_GetItemString(locals, "timeit_loop")) : NULL;
}

/* As compile_loop; what cannot be compiled because it awaits is compiled as what may. */
static PyObject *compile_any_loop(const struct magic_call *call, PyObject *setup,
                                  PyObject *statement)
{
    PyObject *loop = compile_loop(call, setup, statement, false);

    if (loop || !PyErr_ExceptionMatches(PyExc_SyntaxError))
        return loop;
    error_forget();
    return compile_loop(call, setup, statement, true);
}

/* What the coroutine gives, run on the session's loop; on one of its own where there is none. */
static PyObject *run_coroutine(PyObject *coroutine)
{
    AUTO_REF PyObject *loop = call_python("asyncio", "get_event_loop", "()");

    if (loop)
        return PyObject_CallMethod(loop, "run_until_complete", "O", coroutine);
    error_forget();
    return call_python("asyncio", "run", "(O)", coroutine);
}

/* Seconds that `loops` rounds take; a negative number with an exception. */
static double run_loop(PyObject *function, PyObject *clock, long loops)
{
    AUTO_REF PyObject *iterator = call_python("itertools", "repeat", "(Ol)", Py_None, loops);
    AUTO_REF PyObject *seconds =
        iterator ? PyObject_CallFunctionObjArgs(function, iterator, clock, NULL) : NULL;

    if (seconds && PyCoro_CheckExact(seconds))
        Py_SETREF(seconds, run_coroutine(seconds));
    return seconds ? PyFloat_AsDouble(seconds) : -1.0;
}

/* As timeit's autorange: powers of ten until a run takes 0.2 s. -1 with an exception. */
static long choose_loops(PyObject *function, PyObject *clock)
{
    long loops = 1;

    for (int i = 0; i < 9; i++, loops *= 10) {
        double seconds = run_loop(function, clock, loops);
        if (seconds < 0 && PyErr_Occurred())
            return -1;
        if (seconds >= 0.2)
            break;
    }
    return loops;
}

struct statistics {
    double best, worst, average, stdev;
};

static struct statistics summarize(const double *runs, long count, long loops)
{
    struct statistics out = {runs[0] / (double)loops, runs[0] / (double)loops, 0, 0};

    for (long i = 0; i < count; i++) {
        double each = runs[i] / (double)loops;
        out.best = fmin(out.best, each);
        out.worst = fmax(out.worst, each);
        out.average += each / (double)count;
    }
    for (long i = 0; i < count; i++)
        out.stdev += pow(runs[i] / (double)loops - out.average, 2) / (double)count;
    out.stdev = sqrt(out.stdev);
    return out;
}

static void group_thousands(long number, char *out, size_t size)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%ld", number);
    size_t used = 0;

    for (int i = 0; i < length && used + 2 < size; i++) {
        if (i && (length - i) % 3 == 0)
            out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = 0;
}

/* "1.2 ms ± 3.4 us per loop (mean ± std. dev. of 7 runs, 1,000 loops each)" */
static void describe_loops(double average, double stdev, long repeat, long loops, int precision,
                           char *out, size_t size)
{
    char mean[48], deviation[48], count[48];

    format_seconds(average, precision, mean, sizeof mean);
    format_seconds(stdev, precision, deviation, sizeof deviation);
    group_thousands(loops, count, sizeof count);
    snprintf(out, size, "%s ± %s per loop (mean ± std. dev. of %ld run%s, %s loop%s each)", mean,
             deviation, repeat, repeat == 1 ? "" : "s", count, loops == 1 ? "" : "s");
}

static void print_result(struct statistics statistics, long repeat, long loops, int precision)
{
    char line[256];

    describe_loops(statistics.average, statistics.stdev, repeat, loops, precision, line,
                   sizeof line);
    /* Below a microsecond the clock itself is the difference. */
    if (statistics.best > 0 && statistics.worst > 4 * statistics.best && statistics.worst > 1e-6)
        print_line(
            "The slowest run took %.2f times longer than the fastest. This could mean that an "
            "intermediate result is being cached.",
            statistics.worst / statistics.best);
    print_line("%s", line);
}

static PyObject *result_repr(PyObject *result)
{
    char line[256];

    describe_loops(PyFloat_AsDouble(PyStructSequence_GET_ITEM(result, RESULT_AVERAGE)),
                   PyFloat_AsDouble(PyStructSequence_GET_ITEM(result, RESULT_STDEV)),
                   PyLong_AsLong(PyStructSequence_GET_ITEM(result, RESULT_REPEAT)),
                   PyLong_AsLong(PyStructSequence_GET_ITEM(result, RESULT_LOOPS)), 3, line,
                   sizeof line);
    return PyErr_Occurred() ? NULL : PyUnicode_FromFormat("<TimeitResult : %s>", line);
}

static PyTypeObject *result_type(void)
{
    static PyTypeObject *type; /* made once per process */

    if (!type && (type = PyStructSequence_NewType(&result_desc)))
        type->tp_repr = result_repr;
    return type;
}

static PyObject *make_result(struct statistics statistics, const double *runs, long repeat,
                             long loops)
{
    PyTypeObject *type = result_type();
    AUTO_REF PyObject *timings = PyList_New(repeat);
    AUTO_REF PyObject *all_runs = PyList_New(repeat);
    AUTO_REF PyObject *result = type ? PyStructSequence_New(type) : NULL;

    if (!timings || !all_runs || !result)
        return NULL;
    for (long i = 0; i < repeat; i++) {
        PyList_SET_ITEM(timings, i, PyFloat_FromDouble(runs[i] / (double)loops));
        PyList_SET_ITEM(all_runs, i, PyFloat_FromDouble(runs[i]));
    }
    PyObject *items[] = {PyFloat_FromDouble(statistics.best),
                         PyFloat_FromDouble(statistics.worst),
                         PyFloat_FromDouble(statistics.average),
                         PyFloat_FromDouble(statistics.stdev),
                         PyLong_FromLong(loops),
                         PyLong_FromLong(repeat),
                         Py_NewRef(timings),
                         Py_NewRef(all_runs)};
    for (int i = 0; i < 8; i++)
        PyStructSequence_SET_ITEM(result, i, items[i]); /* takes the reference */
    return PyErr_Occurred() ? NULL : Py_NewRef(result);
}

PyObject *magic_timeit(const struct magic_call *call)
{
    AUTO_OPTIONS options;
    long loops, repeat, precision;

    if (!options_parse(call, "n:r:p:qotc", &options) ||
        !options_number(&options, 'n', 0, 0, &loops) ||
        !options_number(&options, 'r', 1, 7, &repeat) ||
        !options_number(&options, 'p', 1, 3, &precision))
        return NULL;
    bool has_setup = call->cell && PyUnicode_GET_LENGTH(options.rest);
    PyObject *statement = call->cell ? call->cell : options.rest;
    if (!call->cell && !PyUnicode_GET_LENGTH(statement))
        return usage_error("%%timeit needs code to time; usage: %s",
                           magic_find("timeit", MAGIC_LINE)->usage);
    AUTO_REF PyObject *function =
        compile_any_loop(call, has_setup ? options.rest : NULL, statement);
    AUTO_REF PyObject *time = function ? PyImport_ImportModule("time") : NULL;
    AUTO_REF PyObject *clock =
        time ? PyObject_GetAttrString(time,
                                      options_get(&options, 'c') ? "process_time" : "perf_counter")
             : NULL;

    if (!clock)
        return NULL;
    if (!loops && (loops = choose_loops(function, clock)) < 0)
        return NULL;
    double *runs = PyMem_New(double, (size_t)repeat);
    if (!runs)
        return PyErr_NoMemory();
    PyObject *result = NULL;
    for (long i = 0; i < repeat; i++)
        if ((runs[i] = run_loop(function, clock, loops)) < 0 && PyErr_Occurred())
            goto done;
    struct statistics statistics = summarize(runs, repeat, loops);
    if (!options_get(&options, 'q'))
        print_result(statistics, repeat, loops, precision > 15 ? 15 : (int)precision);
    result = options_get(&options, 'o') ? make_result(statistics, runs, repeat, loops)
                                        : Py_NewRef(Py_None);
done:
    PyMem_Free(runs);
    return result;
}
