/* table: rows for people: text/plain with aligned columns, text/html for frontends that show it. */
#ifndef SAFEPYRUN_MAGICS_TABLE_H
#define SAFEPYRUN_MAGICS_TABLE_H

#include "magics/magic.h"
#include "base/text.h"

/* `rows`: list of tuples of str or None, as many as `columns` names (a missing rest is empty). At
 * most `most` rows are shown, and how many there are more. Publishes display_data; False with an
 * exception. */
bool table_show(const struct magic_host *host, const char *const *columns, PyObject *rows,
                Py_ssize_t most);
/* The same as HTML alone, appended to `out`. */
bool table_html(struct text *out, const char *const *columns, PyObject *rows, Py_ssize_t most);
/* The same rows as text alone, without a heading, appended to `out`. */
bool table_text(struct text *out, const char *const *columns, PyObject *rows, Py_ssize_t most,
                bool heading);
/* With &, <, >, quotes escaped. */
void html_add_string(struct text *out, const char *string);

#endif
