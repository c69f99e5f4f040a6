/* remedies: what a person types for what a refusal says is missing. The sandbox knows of callables,
 * destinations and hosts; the magics that permit them are ours. */
#include <string.h>

#include "magics/magic.h"

/* %s is the callable, or the host. */
static const char *const words[] = {
    [REMEDY_CALL] = "%%allow %s",          [REMEDY_TRUST] = "%%allow --trust %s",
    [REMEDY_HOST] = "%%ok_hosts --add %s", [REMEDY_STORE] = "%%%%trusted",
    [REMEDY_IMPORT] = "%%%%trusted",       [REMEDY_CODE] = "%%%%trusted",
};

PyObject *magics_remedy(const struct remedy *remedy)
{
    /* Hosts are named to the floor: where there is none, nothing holds a connection to them. */
    bool unheld = remedy->kind == REMEDY_HOST && !ground_is_there();

    if (remedy->kind != REMEDY_DEST)
        return PyUnicode_FromFormat(words[unheld ? REMEDY_CODE : remedy->kind], remedy->about);
    /* As the magic reads its line. */
    const char *quote = strpbrk(remedy->about, " \t'\\") ? "\"" : "";
    return PyUnicode_FromFormat("%%ok_dests --add %s%s%s", quote, remedy->about, quote);
}
