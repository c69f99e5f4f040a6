/* command: !cmd, x = !cmd, %sx, %pip, %%bash. No shell is started but where a person permitted it:
 * the words of the line are the program and its arguments, and they must begin with a command that
 * %allow --shell named; a line with a shell's own characters needs "sh", or a yes to that very
 * line. Programs that only read (ls, cat, ...), and those that write where cells may (mkdir, cp,
 * ...), are answered by the kernel itself. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <string.h>

static bool starts_with(PyObject *words, PyObject *prefix)
{
    if (PyList_GET_SIZE(prefix) > PyList_GET_SIZE(words))
        return false;
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(prefix); i++)
        if (PyUnicode_Compare(PyList_GET_ITEM(words, i), PyList_GET_ITEM(prefix, i)) != 0)
            return false;
    return true;
}

static bool is_allowed(const struct magic_host *host, PyObject *words)
{
    PyObject *grants = host->state->shell_grants;

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(grants); i++)
        if (starts_with(words, PyList_GET_ITEM(grants, i)))
            return true;
    return false;
}

bool magic_grant_shell(struct magic_state *state, PyObject *command)
{
    AUTO_REF PyObject *words = PyUnicode_Check(command) ? line_words(command, true) : NULL;

    if (!words || !PyList_GET_SIZE(words)) {
        error_forget();
        return true;
    }
    int known = PySequence_Contains(state->shell_grants, words);
    return known == 1 || (known == 0 && PyList_Append(state->shell_grants, words) == 0);
}

/* "git commit -m 'a b'": what %allow --shell reads as these words; where quotes within quotes would
 * be needed, the program alone. New str. */
static PyObject *permit_text(PyObject *words)
{
    AUTO_TEXT text = {0};

    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(words); i++) {
        const char *word = PyUnicode_AsUTF8(PyList_GET_ITEM(words, i));
        if (!word)
            return NULL;
        if (strpbrk(word, "'\"\\\n"))
            return Py_NewRef(PyList_GET_ITEM(words, 0));
        bool plain = *word && !strpbrk(word, " \t|;&<>$`*?(){}!~#");
        text_addf(&text, plain ? "%s%s" : "%s'%s'", i ? " " : "", word);
    }
    return text_finish(&text);
}

/* `words` NULL: of a line that only a shell can read, which is `line`. */
static PyObject *refuse_command(PyObject *words, PyObject *line)
{
    AUTO_REF PyObject *command = words ? join_names(words, " ") : Py_NewRef(line);
    AUTO_REF PyObject *permit = !command ? NULL
                                : words  ? permit_text(words)
                                         : PyUnicode_FromString("sh");
    AUTO_REF PyObject *remedy =
        permit ? PyUnicode_FromFormat("%%allow --shell \"%U\"", permit) : NULL;
    AUTO_REF PyObject *name = command ? PyUnicode_FromFormat("!%U", command) : NULL;

    if (!remedy || !name)
        return NULL;
    return refusal_raise("spawn", PyUnicode_AsUTF8(name), "cells do not start programs",
                         &(struct remedy){REMEDY_SAID, PyUnicode_AsUTF8(remedy)});
}

/* "pip" is the pip of this Python: [sys.executable, "-m", "pip", ...]. New list. */
static PyObject *program_arguments(PyObject *words)
{
    PyObject *executable = PySys_GetObject("executable"); /* borrowed */

    if (PyUnicode_CompareWithASCIIString(PyList_GET_ITEM(words, 0), "pip") != 0 || !executable)
        return Py_NewRef(words);
    AUTO_REF PyObject *arguments = Py_BuildValue("[Oss]", executable, "-m", "pip");
    AUTO_REF PyObject *rest = PyList_GetSlice(words, 1, PyList_GET_SIZE(words));

    return arguments && rest ? PySequence_Concat(arguments, rest) : NULL;
}

/* subprocess.run(arguments, ...), with `input` (str or NULL) to read; new reference to the
 * CompletedProcess. */
static PyObject *run_program(PyObject *arguments, PyObject *input, bool capture)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("subprocess");
    AUTO_REF PyObject *run = module ? PyObject_GetAttrString(module, "run") : NULL;
    AUTO_REF PyObject *positional = run ? PyTuple_Pack(1, arguments) : NULL;
    AUTO_REF PyObject *keywords = NULL;

    if (!positional)
        return NULL;
    keywords = capture ? Py_BuildValue("{s:i,s:i,s:i,s:O,s:s}", "stdin", -3, "stdout", -1, "stderr",
                                       -2, "text", Py_True, "errors", "replace")
               : input ? Py_BuildValue("{s:O,s:s}", "input", input, "encoding", "utf-8")
                       : Py_BuildValue("{s:i}", "stdin", -3);
    if (!keywords)
        return NULL;
    struct gate_scope scope;
    gate_trusted_enter(&scope);
    ground_enter();
    PyObject *done = PyObject_Call(run, positional, keywords);
    ground_leave();
    gate_trusted_exit(&scope);
    return done;
}

/* Programs that only read, and those that write where cells may, are answered by the kernel itself:
 * (exit code, output, errors), or None for every other command; new reference. */
static PyObject *answer(const struct magic_host *host, PyObject *command, bool capture)
{
    AUTO_REF PyObject *module = PyImport_ImportModule("_safepyrun_commands");
    AUTO_REF PyObject *dests = module ? sandbox_ok_dests(host->sandbox) : NULL;

    return dests ? PyObject_CallMethod(module, "answer", "OOO", command, dests,
                                       capture ? Py_True : Py_False)
                 : NULL;
}

static bool print_to(const char *stream, PyObject *string)
{
    AUTO_TEXT text = {0};

    return PyUnicode_GET_LENGTH(string) == 0 ||
           (text_add_object(&text, string) && text_print(&text, stream));
}

/* `capture`: what a program prints, with IPython's ways to look at it. New list. */
static PyObject *captured_lines(PyObject *text)
{
    AUTO_REF PyObject *module = text ? PyImport_ImportModule("_safepyrun_capture") : NULL;
    AUTO_REF PyObject *lines = module ? PyUnicode_Splitlines(text, 0) : NULL;

    return lines ? PyObject_CallMethod(module, "SList", "O", lines) : NULL;
}

/* What the command says goes where a program's output would go; new reference. */
static PyObject *give_answer(const struct magic_host *host, PyObject *answered, bool capture)
{
    PyObject *code, *output, *errors;

    if (!PyArg_ParseTuple(answered, "OUU", &code, &output, &errors) ||
        PyDict_SetItemString(host->globals, "_exit_code", code) < 0)
        return NULL;
    if (capture) {
        AUTO_REF PyObject *all = PyUnicode_Concat(output, errors);
        return captured_lines(all);
    }
    return print_to("stdout", output) && print_to("stderr", errors) ? Py_NewRef(Py_None) : NULL;
}

/* The shell that a person permitted; without one, `sh`. New list of one word. */
static PyObject *shell_program(const struct magic_host *host, bool *allowed)
{
    static const char *const names[] = {"bash", "sh"};

    *allowed = false;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        AUTO_REF PyObject *program = Py_BuildValue("[s]", names[i]);
        *allowed = program && is_allowed(host, program);
        if (!program || *allowed)
            return Py_XNewRef(program);
    }
    return Py_BuildValue("[s]", "sh");
}

/* What is started for a command. `words` NULL: a shell reads the line. New list; NULL: refused. */
static PyObject *permitted_arguments(const struct magic_host *host, PyObject *words,
                                     PyObject *command)
{
    bool allowed = words && is_allowed(host, words);
    AUTO_REF PyObject *shell = words ? NULL : shell_program(host, &allowed);
    AUTO_REF PyObject *readable = words ? NULL : line_words(command, false);

    if (!words && (!shell || !readable))
        return NULL; /* a quote that nothing closes */
    if (!allowed && (refuse_command(words, command) || !person_asked_of_command(command)))
        return NULL;
    return words ? program_arguments(words)
                 : Py_BuildValue("[OsO]", PyList_GET_ITEM(shell, 0), "-c", command);
}

static PyObject *run_command(const struct magic_host *host, PyObject *words, PyObject *command,
                             bool capture)
{
    if (words && !PyList_GET_SIZE(words))
        return usage_error("usage: !COMMAND [ARG ...]");
    if (!words || !is_allowed(host, words)) {
        AUTO_REF PyObject *answered = answer(host, command, capture);
        if (!answered || answered != Py_None)
            return answered ? give_answer(host, answered, capture) : NULL;
    }
    AUTO_REF PyObject *arguments = permitted_arguments(host, words, command);
    AUTO_REF PyObject *done = arguments ? run_program(arguments, NULL, capture) : NULL;
    AUTO_REF PyObject *code = done ? PyObject_GetAttrString(done, "returncode") : NULL;

    if (!code || PyDict_SetItemString(host->globals, "_exit_code", code) < 0)
        return NULL;
    if (!capture)
        return Py_NewRef(Py_None);
    AUTO_REF PyObject *output = PyObject_GetAttrString(done, "stdout");
    return captured_lines(output);
}

PyObject *magic_shell(const struct magic_host *host, PyObject *command, bool capture)
{
    AUTO_REF PyObject *words = line_words(command, true);

    error_forget(); /* a shell's own characters */
    return run_command(host, words, command, capture);
}

/* What the program that read a cell said by its exit status, as in IPython. */
static PyObject *tell_status(const struct magic_host *host, PyObject *cell)
{
    PyObject *code = PyDict_GetItemString(host->globals, "_exit_code"); /* borrowed */
    AUTO_REF PyObject *module = PyImport_ImportModule("subprocess");
    AUTO_REF PyObject *type = module ? PyObject_GetAttrString(module, "CalledProcessError") : NULL;

    if (!type || !code || PyObject_Not(code))
        return type ? Py_NewRef(Py_None) : NULL;
    AUTO_REF PyObject *error = PyObject_CallFunctionObjArgs(type, code, cell, NULL);
    if (error)
        PyErr_SetObject(type, error);
    return NULL;
}

/* Line by line, each as !line: it stops at the first that is refused, as with `set -e`, and at one
 * that only a shell can read, with a usage error. */
static PyObject *run_lines(const struct magic_host *host, PyObject *cell)
{
    AUTO_REF PyObject *lines = PyUnicode_Splitlines(cell, 0);
    AUTO_REF PyObject *zero = PyLong_FromLong(0);

    if (!zero || PyDict_SetItemString(host->globals, "_exit_code", zero) < 0)
        return NULL;

    for (Py_ssize_t i = 0; lines && i < PyList_GET_SIZE(lines); i++) {
        AUTO_REF PyObject *line = PyObject_CallMethod(PyList_GET_ITEM(lines, i), "strip", NULL);
        if (!line)
            return NULL;
        if (PyUnicode_GET_LENGTH(line) == 0 || PyUnicode_READ_CHAR(line, 0) == '#')
            continue;
        AUTO_REF PyObject *words = line_words(line, true);
        AUTO_REF PyObject *answered = NULL;
        if (!words) {
            error_forget();
            answered = answer(host, line, false);
        }
        AUTO_REF PyObject *done = words ? run_command(host, words, line, false)
                                  : answered && answered != Py_None
                                      ? give_answer(host, answered, false)
                                  : answered ? line_words(line, true)
                                             : NULL;
        if (!done)
            return NULL;
    }
    return lines ? tell_status(host, cell) : NULL;
}

static bool is_shell_name(const char *name)
{
    return strcmp(name, "bash") == 0 || strcmp(name, "sh") == 0;
}

/* The program that a cell is for: ["bash"] of %%bash, ["perl", "-w"] of %%script perl -w. New list,
 * empty when the magic is given options. */
static PyObject *script_program(const struct magic_call *call)
{
    bool script = strcmp(call->name, "script") == 0;
    AUTO_REF PyObject *words = line_words(call->line, true);

    if (!words || script)
        return Py_XNewRef(words);
    return PyList_GET_SIZE(words) ? PyList_New(0) : Py_BuildValue("[s]", call->name);
}

static PyObject *refuse_script(const struct magic_call *call, PyObject *program)
{
    AUTO_REF PyObject *command = permit_text(program);
    AUTO_REF PyObject *remedy =
        command ? PyUnicode_FromFormat("%%allow --shell \"%U\"", command) : NULL;

    if (!remedy)
        return NULL;
    return refusal_raise(
        "spawn", call->name, "no program is started from a cell",
        PyList_GET_SIZE(program) ? &(struct remedy){REMEDY_SAID, PyUnicode_AsUTF8(remedy)} : NULL);
}

/* Refused: does a person permit this very text? */
static bool agrees_to_script(PyObject *program, PyObject *cell)
{
    PyObject *type, *error, *traceback;

    PyErr_Fetch(&type, &error, &traceback);
    AUTO_REF PyObject *command = join_names(program, " ");
    AUTO_REF PyObject *text = command ? PyUnicode_FromFormat("%U\n%U", command, cell) : NULL;
    AUTO_REF PyObject *line = text ? PyObject_CallMethod(text, "rstrip", NULL) : NULL;

    PyErr_Clear();
    PyErr_Restore(type, error, traceback);
    return line && person_asked_of_command(line);
}

/* The program reads the cell; its exit status is told as a command's. */
static PyObject *run_script(const struct magic_host *host, PyObject *program, PyObject *cell)
{
    AUTO_REF PyObject *done = run_program(program, cell, false);
    AUTO_REF PyObject *code = done ? PyObject_GetAttrString(done, "returncode") : NULL;

    return code && PyDict_SetItemString(host->globals, "_exit_code", code) == 0
               ? tell_status(host, cell)
               : NULL;
}

/* %%bash and its like. Where the person permitted the program it reads the cell. Else no shell is
 * started: lines that are single commands are run as !lines are, and all else is refused, since no
 * list of commands could judge it. */
PyObject *magic_no_script(const struct magic_call *call)
{
    AUTO_REF PyObject *program = call->cell ? script_program(call) : PyList_New(0);
    Py_ssize_t count = program ? PyList_GET_SIZE(program) : 0;
    const char *name = count == 1 ? PyUnicode_AsUTF8(PyList_GET_ITEM(program, 0)) : NULL;

    if (!program)
        return NULL;
    if (count && is_allowed(call->host, program))
        return run_script(call->host, program, call->cell);
    PyObject *done = name && is_shell_name(name) ? run_lines(call->host, call->cell) : NULL;
    if (done || (PyErr_Occurred() && !PyErr_ExceptionMatches(magic_usage_error_type())))
        return done;
    error_forget(); /* a shell's own characters */
    refuse_script(call, program);
    return count && agrees_to_script(program, call->cell)
               ? run_script(call->host, program, call->cell)
               : NULL;
}

PyObject *magic_command(const struct magic_call *call)
{
    static const char *const plain[] = {"sx", "system", "!"};

    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
        if (strcmp(call->name, plain[i]) == 0)
            return magic_shell(call->host, call->cell ? call->cell : call->line, true);
    AUTO_REF PyObject *command = PyUnicode_FromFormat("%s %U", call->name, call->line);
    return command ? magic_shell(call->host, command, false) : NULL;
}
