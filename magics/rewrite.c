/* transform: IPython's additions to the language, rewritten into plain Python before the sandbox
 * sees the cell: %magic, %%magic, !command, x = %magic, x = !command, obj?, obj??, /f x, ,f x, ;f
 * x, pasted prompts and leading indentation. It works on logical lines found with a small lexer
 * (brackets, strings, comments, continuation), so `a %b` in the middle of an expression or a `!` in
 * a string is left alone. Every rewritten line stays on its own line number. */
#include "magics/magic.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* Where the lexer stands between two physical lines. */
struct lexer {
    int depth;      /* open brackets */
    char quote;     /* of the open triple-quoted string, or 0 */
    bool continued; /* the line before ended in a backslash */
};

struct line {
    const char *start;
    const char *end; /* before the newline */
};

static bool is_name_start(char c)
{
    return isalpha((unsigned char)c) || c == '_' || (c & 0x80);
}

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\f'))
        at++;
    return at;
}

static const char *trim_blanks(const char *start, const char *end)
{
    while (end > start && isspace((unsigned char)end[-1]))
        end--;
    return end;
}

/* Skip a one-line string whose quote stands at `at`; returns behind it (or `end`). */
static const char *skip_string(const char *at, const char *end)
{
    char quote = *at++;

    while (at < end && *at != quote)
        at += (*at == '\\' && at + 1 < end) ? 2 : 1;
    return at < end ? at + 1 : end;
}

/* The end of the open triple-quoted string, or NULL when it goes on after this line. */
static const char *find_triple_end(const char *at, const char *end, char quote)
{
    for (; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (end - at >= 3 && at[0] == quote && at[1] == quote && at[2] == quote)
            return at + 3;
    }
    return NULL;
}

/* What the scan of one line found, for the rewriting rules. */
struct scan {
    const char *assign;    /* the first `=` of an assignment outside of brackets, or NULL */
    const char *code_end;  /* end of the code, before a comment and blanks */
    const char *last_code; /* last character that is code and not inside a string, or NULL */
};

static bool is_assignment(const char *start, const char *at, const char *end)
{
    if (at + 1 < end && at[1] == '=')
        return false;
    return at == start || !strchr("=<>!:+-*/%&|^@~", at[-1]);
}

/* Move the lexer over one physical line. */
static struct scan lexer_scan(struct lexer *self, struct line line)
{
    struct scan scan = {NULL, line.end, NULL};
    const char *at = line.start;

    if (self->quote) {
        at = find_triple_end(at, line.end, self->quote);
        if (!at)
            return scan;
        self->quote = 0;
    }
    self->continued = false;
    while (at < line.end) {
        char c = *at;

        if (c == '#') {
            scan.code_end = at;
            break;
        }
        if (c == '\'' || c == '"') {
            if (line.end - at >= 3 && at[1] == c && at[2] == c) {
                const char *after = find_triple_end(at + 3, line.end, c);
                if (!after) {
                    self->quote = c;
                    return scan;
                }
                at = after;
            } else {
                at = skip_string(at, line.end);
            }
            scan.last_code = NULL;
            continue;
        }
        if (strchr("([{", c))
            self->depth++;
        else if (strchr(")]}", c) && self->depth > 0)
            self->depth--;
        else if (c == '=' && self->depth == 0 && !scan.assign &&
                 is_assignment(line.start, at, line.end))
            scan.assign = at;
        else if (c == '\\' && at + 1 == line.end)
            self->continued = true;
        if (!isspace((unsigned char)c))
            scan.last_code = at;
        at++;
    }
    scan.code_end = trim_blanks(line.start, scan.code_end);
    return scan;
}

static struct line next_line(const char *at, const char *end)
{
    const char *newline = memchr(at, '\n', (size_t)(end - at));

    return (struct line){at, newline ? newline : end};
}

/* The command of a magic or shell line from `at`, with lines joined that end in a backslash.
 * `*line` becomes the last of them; `*extra` counts the lines that were joined. */
static void join_continued(struct text *out, const char *at, struct line *line, const char *end,
                           int *extra)
{
    for (;;) {
        const char *stop = trim_blanks(at, line->end);
        bool more = stop > at && stop[-1] == '\\' && line->end < end;

        text_add(out, at, (size_t)((more ? stop - 1 : stop) - at));
        if (!more)
            return;
        *line = next_line(line->end + 1, end);
        at = skip_blanks(line->start, line->end);
        ++*extra;
    }
}

static void emit_newlines(struct text *out, int count)
{
    while (count-- > 0)
        text_add(out, "\n", 1);
}

/* get_ipython().run_line_magic('name', 'rest') */
static void emit_magic(struct text *out, const char *command, size_t size)
{
    const char *end = command + size, *name = command, *after = name;

    while (after < end && !isspace((unsigned char)*after))
        after++;
    text_add_string(out, "get_ipython().run_line_magic(");
    text_add_literal(out, name, (size_t)(after - name));
    text_add_string(out, ", ");
    after = skip_blanks(after, end);
    text_add_literal(out, after, (size_t)(end - after));
    text_add_string(out, ")");
}

static void emit_call(struct text *out, const char *method, const char *argument, size_t size)
{
    text_addf(out, "get_ipython().%s(", method);
    text_add_literal(out, argument, size);
    text_add_string(out, ")");
}

/* %name ..., !cmd, !!cmd from `at`, after `prefix` (indentation or `x = `) was written. */
static bool rewrite_escape(struct text *out, const char *at, struct line *line, const char *end,
                           bool assigned)
{
    AUTO_TEXT command = {0};
    int extra = 0;

    if (at + 1 < line->end && *at == '%' && (is_name_start(at[1]) || (at[1] == '%' && !assigned))) {
        join_continued(&command, at + 1, line, end, &extra);
        emit_magic(out, command.data, command.size);
    } else if (*at == '!' && at + 1 < line->end && at[1] != '=') {
        bool twice = at[1] == '!';
        join_continued(&command, at + (twice ? 2 : 1), line, end, &extra);
        emit_call(out, twice || assigned ? "getoutput" : "system", command.data ? command.data : "",
                  command.size);
    } else {
        return false;
    }
    out->failed |= command.failed;
    emit_newlines(out, extra);
    return true;
}

/* "/f a b" is f(a, b), ",f a b" is f("a", "b"), ";f a b" is f("a b"). */
static void emit_quick_call(struct text *out, const char *code, const char *end)
{
    char kind = *code;
    const char *name = code + 1, *at = name;

    while (at < end && *at != ' ')
        at++;
    text_add(out, name, (size_t)(at - name));
    text_add_string(out, "(");
    at = skip_blanks(at, end);
    if (kind == ';')
        text_add_literal(out, at, (size_t)(end - at));
    for (bool more = false; kind != ';' && at < end; more = true) {
        const char *word = at;
        while (at < end && !isspace((unsigned char)*at))
            at++;
        text_add_string(out, more ? ", " : "");
        if (kind == ',')
            text_add_literal(out, word, (size_t)(at - word));
        else
            text_add(out, word, (size_t)(at - word));
        at = skip_blanks(at, end);
    }
    text_add_string(out, ")");
}

static void emit_help(struct text *out, const char *name, const char *name_end, bool twice)
{
    bool search = memchr(name, '*', (size_t)(name_end - name)) != NULL;

    text_addf(out, "get_ipython().run_line_magic('%s', ",
              search  ? "psearch"
              : twice ? "pinfo2"
                      : "pinfo");
    text_add_literal(out, name, (size_t)(name_end - name));
    text_add_string(out, ")");
}

/* Back from `end` over what obj? may name: dotted names, %magics, wildcards, simple subscripts. */
static const char *help_target_start(const char *start, const char *end)
{
    const char *at = end;

    while (at > start && (is_name_char(at[-1]) || strchr(".*%[]'\"", at[-1])))
        at--;
    return at;
}

/* ?obj, ??obj, obj?, obj?? */
static bool rewrite_help(struct text *out, const char *code, const struct scan *scan)
{
    const char *end = scan->code_end;

    if (*code == '?') {
        bool twice = code + 1 < end && code[1] == '?';
        const char *name = skip_blanks(code + (twice ? 2 : 1), end);
        emit_help(out, name, trim_blanks(name, end), twice);
        return true;
    }
    if (!scan->last_code || scan->last_code + 1 != end || *scan->last_code != '?')
        return false;
    bool twice = end - code >= 2 && end[-2] == '?';
    const char *name_end = trim_blanks(code, end - (twice ? 2 : 1));
    const char *name = help_target_start(code, name_end);

    if (name == name_end || isdigit((unsigned char)*name))
        return false;
    emit_help(out, name, name_end, twice);
    return true;
}

/* One logical line that starts at `line->start`; false when it is ordinary Python. */
static bool rewrite_line(struct text *out, struct line *line, const char *end,
                         const struct scan *scan)
{
    const char *code = skip_blanks(line->start, line->end);

    if (code == line->end)
        return false;
    if (*code == '/' || *code == ',' || *code == ';') {
        text_add(out, line->start, (size_t)(code - line->start));
        emit_quick_call(out, code, trim_blanks(code, line->end));
        return true;
    }
    if (*code == '%' || (*code == '!' && line->end - code > 1)) {
        if (scan->last_code && *scan->last_code == '?' && *code == '%') {
            text_add(out, line->start, (size_t)(code - line->start));
            return rewrite_help(out, code, scan);
        }
        text_add(out, line->start, (size_t)(code - line->start));
        if (rewrite_escape(out, code, line, end, false))
            return true;
        out->size -= (size_t)(code - line->start);
        return false;
    }
    if (scan->assign) {
        const char *value = skip_blanks(scan->assign + 1, line->end);
        if (value < line->end && (*value == '%' || *value == '!')) {
            size_t before = out->size;
            text_add(out, line->start, (size_t)(value - line->start));
            if (rewrite_escape(out, value, line, end, true))
                return true;
            out->size = before;
        }
        return false;
    }
    size_t before = out->size;
    text_add(out, line->start, (size_t)(code - line->start));
    if (rewrite_help(out, code, scan))
        return true;
    out->size = before;
    return false;
}

static PyObject *transform_lines(const char *start, const char *end)
{
    AUTO_TEXT out = {0};
    struct lexer lexer = {0};

    for (const char *at = start; at < end;) {
        struct line line = next_line(at, end);
        bool fresh = !lexer.depth && !lexer.quote && !lexer.continued;
        struct lexer after = lexer;
        struct scan scan = lexer_scan(&after, line);

        if (fresh && rewrite_line(&out, &line, end, &scan)) {
            lexer = (struct lexer){0};
        } else {
            text_add(&out, line.start, (size_t)(line.end - line.start));
            lexer = after;
        }
        if (line.end < end)
            text_add(&out, "\n", 1);
        at = line.end + 1;
    }
    return text_finish(&out);
}

/* get_ipython().run_cell_magic('name', 'line', 'body') */
static PyObject *transform_cell_magic(struct line first, const char *end)
{
    AUTO_TEXT out = {0};
    const char *name = first.start + 2, *after = name;
    const char *body = first.end < end ? first.end + 1 : end;

    while (after < first.end && !isspace((unsigned char)*after))
        after++;
    text_add_string(&out, "get_ipython().run_cell_magic(");
    text_add_literal(&out, name, (size_t)(after - name));
    text_add_string(&out, ", ");
    after = skip_blanks(after, first.end);
    text_add_literal(&out, after, (size_t)(trim_blanks(after, first.end) - after));
    text_add_string(&out, ", ");
    if (body < end && end[-1] != '\n') { /* as IPython: the body's last line has its newline */
        AUTO_TEXT whole = {0};
        text_add(&whole, body, (size_t)(end - body));
        text_add(&whole, "\n", 1);
        text_add_literal(&out, whole.data, whole.size);
    } else {
        text_add_literal(&out, body, (size_t)(end - body));
    }
    text_add_string(&out, ")\n");
    return text_finish(&out);
}

/* ---- what was pasted: indentation and prompts ---- */

/* Length of a prompt at the start of the line: ">>> ", "... ", "In [3]: ", "   ...: "; 0 when
 * none. */
static size_t prompt_size(struct line line, bool first)
{
    size_t size = (size_t)(line.end - line.start);
    const char *classic = first ? ">>>" : "...";

    if (size >= 3 && (memcmp(line.start, classic, 3) == 0 || memcmp(line.start, ">>>", 3) == 0))
        return size > 3 && line.start[3] == ' ' ? 4 : size == 3 ? 3 : 0;
    if (size >= 6 && memcmp(line.start, "In [", 4) == 0) {
        const char *close = memchr(line.start, ']', size);
        if (close && close + 1 < line.end && close[1] == ':')
            return (size_t)(skip_blanks(close + 2, line.end) - line.start) > 0
                       ? (size_t)(close + 2 - line.start) +
                             (close + 2 < line.end && close[2] == ' ')
                       : 0;
    }
    if (!first) {
        const char *dots = skip_blanks(line.start, line.end);
        if (dots > line.start && line.end - dots >= 4 && memcmp(dots, "...:", 4) == 0)
            return (size_t)(dots + 4 - line.start) + (dots + 4 < line.end && dots[4] == ' ');
    }
    return 0;
}

/* Take prompts (when the first line has one) or the first line's indentation off every line. */
static PyObject *strip_pasted(const char *start, const char *end)
{
    AUTO_TEXT out = {0};
    struct line first = next_line(start, end);
    size_t indent = (size_t)(skip_blanks(first.start, first.end) - first.start);
    bool prompts = prompt_size(first, true) > 0;

    for (const char *at = start; at < end;) {
        struct line line = next_line(at, end);
        size_t cut = prompts ? prompt_size(line, at == start) : 0;

        if (!prompts && (size_t)(line.end - line.start) >= indent &&
            memcmp(line.start, first.start, indent) == 0)
            cut = indent;
        text_add(&out, line.start + cut, (size_t)(line.end - line.start) - cut);
        if (line.end < end)
            text_add(&out, "\n", 1);
        at = line.end + 1;
    }
    return text_finish(&out);
}

static const char *first_code_line(const char *at, const char *end)
{
    for (const char *line = at; line < end;) {
        struct line here = next_line(line, end);
        if (skip_blanks(here.start, here.end) != here.end)
            return here.start;
        line = here.end + 1;
    }
    return at;
}

static PyObject *transform_bytes(const char *start, const char *end)
{
    const char *code = first_code_line(start, end);
    struct line first = next_line(code, end);

    if (first.end - first.start > 2 && memcmp(first.start, "%%", 2) == 0 &&
        (is_name_start(first.start[2]) || first.start[2] == '!') && first.end[-1] != '?')
        return transform_cell_magic(first, end);
    return transform_lines(start, end);
}

/* Nothing to do for most cells: decided without building anything. */
static bool is_plain(const char *start, const char *end)
{
    const char *code = first_code_line(start, end);

    if (code < end &&
        (*code == ' ' || *code == '\t' || *code == '>' || strncmp(code, "In [", 4) == 0))
        return false;
    bool begins = true; /* nothing but blanks stands before it in its line */
    for (const char *at = start; at < end; at++) {
        if (*at == '%' || *at == '!' || *at == '?' || (begins && *at && strchr("/,;", *at)))
            return false;
        begins = *at == '\n' || (begins && (*at == ' ' || *at == '\t'));
    }
    return true;
}

PyObject *magic_transform(PyObject *source)
{
    Py_ssize_t size;
    const char *start = PyUnicode_AsUTF8AndSize(source, &size);

    if (!start) { /* lone surrogates: not ours to judge, compile() says what is wrong */
        error_forget();
        return Py_NewRef(source);
    }
    if (is_plain(start, start + size))
        return Py_NewRef(source);
    const char *code = first_code_line(start, start + size);
    struct line first = next_line(code, start + size);

    if (skip_blanks(first.start, first.end) == first.start && !prompt_size(first, true))
        return transform_bytes(start, start + size);
    AUTO_REF PyObject *stripped = strip_pasted(code, start + size);
    if (!stripped || !(start = PyUnicode_AsUTF8AndSize(stripped, &size)))
        return NULL;
    /* Blank lines in front were cut: put them back so that line numbers stay. */
    AUTO_REF PyObject *result = transform_bytes(start, start + size);
    Py_ssize_t whole_size;
    const char *whole = PyUnicode_AsUTF8AndSize(source, &whole_size);
    AUTO_TEXT out = {0};

    for (const char *at = whole; at < code; at++)
        if (*at == '\n')
            text_add(&out, "\n", 1);
    if (!result || !text_add_object(&out, result))
        return NULL;
    return text_finish(&out);
}
