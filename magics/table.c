/* table: rows for people: text/plain with aligned columns, text/html for frontends that show it. */
#include "magics/table.h"

#include "magics/state.h"

#include <string.h>

enum { COLUMNS_MAX = 6, WIDTH_MAX = 60 };

void html_add_string(struct text *out, const char *string)
{
    static const struct {
        char letter;
        const char *entity;
    } entities[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};

    for (; *string; string++) {
        const char *entity = NULL;
        for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
            if (*string == entities[i].letter)
                entity = entities[i].entity;
        if (entity)
            text_add_string(out, entity);
        else
            text_add(out, string, 1);
    }
}

static bool html_add(struct text *out, PyObject *object)
{
    AUTO_TEXT plain = {0};

    if (!text_add_object(&plain, object))
        return false;
    text_add(&plain, "", 1);
    html_add_string(out, plain.data ? plain.data : "");
    return true;
}

/* The cell in that column, borrowed; NULL when it is empty. */
static PyObject *cell_of(PyObject *row, int column)
{
    PyObject *cell = column < PyTuple_GET_SIZE(row) ? PyTuple_GET_ITEM(row, column) : NULL;

    return cell == Py_None ? NULL : cell;
}

static int column_count(const char *const *columns)
{
    int count = 0;

    while (columns[count] && count < COLUMNS_MAX)
        count++;
    return count;
}

/* How wide each column must be, in characters. */
static void measure(const char *const *columns, int count, PyObject *rows, Py_ssize_t shown,
                    bool heading, size_t *widths)
{
    for (int column = 0; column < count; column++) {
        widths[column] = heading ? strlen(columns[column]) : 0;
        for (Py_ssize_t i = 0; i < shown; i++) {
            PyObject *cell = cell_of(PyList_GET_ITEM(rows, i), column);
            size_t width = cell && PyUnicode_Check(cell) ? (size_t)PyUnicode_GET_LENGTH(cell) : 0;
            if (width > widths[column])
                widths[column] = width > WIDTH_MAX ? WIDTH_MAX : width;
        }
    }
}

static void pad(struct text *out, size_t used, size_t width)
{
    for (; used < width; used++)
        text_add(out, " ", 1);
}

/* No blanks at the end of a line. */
static void end_line(struct text *out)
{
    while (out->size && out->data[out->size - 1] == ' ')
        out->size--;
    text_add(out, "\n", 1);
}

bool table_text(struct text *out, const char *const *columns, PyObject *rows, Py_ssize_t most,
                bool heading)
{
    Py_ssize_t count = PyList_GET_SIZE(rows), shown = count < most ? count : most;
    int width_count = column_count(columns);
    size_t widths[COLUMNS_MAX];

    measure(columns, width_count, rows, shown, heading, widths);
    for (int column = 0; heading && column < width_count; column++) {
        text_addf(out, "%s%s", column ? "  " : "", columns[column]);
        pad(out, strlen(columns[column]), widths[column]);
    }
    if (heading)
        end_line(out);
    for (Py_ssize_t i = 0; i < shown; i++) {
        for (int column = 0; column < width_count; column++) {
            PyObject *cell = cell_of(PyList_GET_ITEM(rows, i), column);
            text_add_string(out, column ? "  " : "");
            if (cell && !text_add_object(out, cell))
                return false;
            pad(out, cell && PyUnicode_Check(cell) ? (size_t)PyUnicode_GET_LENGTH(cell) : 0,
                widths[column]);
        }
        end_line(out);
    }
    if (shown < count)
        text_addf(out, "... and %zd more\n", count - shown);
    return true;
}

bool table_html(struct text *out, const char *const *columns, PyObject *rows, Py_ssize_t most)
{
    Py_ssize_t count = PyList_GET_SIZE(rows), shown = count < most ? count : most;
    int width = column_count(columns);

    text_add_string(out, "<table><thead><tr>");
    for (int column = 0; column < width; column++)
        text_addf(out, "<th style=\"text-align:left\">%s</th>", columns[column]);
    text_add_string(out, "</tr></thead><tbody>");
    for (Py_ssize_t i = 0; i < shown; i++) {
        text_add_string(out, "<tr>");
        for (int column = 0; column < width; column++) {
            PyObject *cell = cell_of(PyList_GET_ITEM(rows, i), column);
            text_add_string(out, column ? "<td style=\"text-align:left\">"
                                        : "<td style=\"text-align:left\"><code>");
            if (cell && !html_add(out, cell))
                return false;
            text_add_string(out, column ? "</td>" : "</code></td>");
        }
        text_add_string(out, "</tr>");
    }
    text_add_string(out, "</tbody></table>");
    if (shown < count)
        text_addf(out, "<p>... and %zd more</p>", count - shown);
    return true;
}

bool table_show(const struct magic_host *host, const char *const *columns, PyObject *rows,
                Py_ssize_t most)
{
    AUTO_TEXT plain = {0};
    AUTO_TEXT html = {0};

    if (!table_text(&plain, columns, rows, most, true) || !table_html(&html, columns, rows, most))
        return false;
    AUTO_REF PyObject *plain_text = text_finish(&plain);
    AUTO_REF PyObject *html_text = text_finish(&html);

    return plain_text && html_text && publish_data(host, "text/html", html_text, plain_text);
}
