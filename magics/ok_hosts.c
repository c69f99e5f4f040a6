/* ok_hosts: %ok_hosts, the hosts that cells may connect and send to. The front has the list: it is
 * the floor that holds it. */
#include "magics/options.h"
#include "magics/state.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* Ask or tell the front; new list. */
static PyObject *query_hosts(const struct magic_host *host, PyObject *hosts)
{
    AUTO_REF PyObject *content = Py_BuildValue("{s:O}", "hosts", hosts);
    AUTO_REF PyObject *answer = content ? host->query(host->context, "hosts", content) : NULL;
    PyObject *now = answer ? PyDict_GetItemString(answer, "hosts") : NULL;

    if (!answer)
        return NULL;
    return now && PyList_Check(now) ? PySequence_List(now) : PyList_New(0);
}

PyObject *ok_hosts_now(const struct magic_host *host)
{
    return query_hosts(host, Py_None);
}

bool ok_hosts_set(const struct magic_host *host, PyObject *hosts)
{
    AUTO_REF PyObject *now = query_hosts(host, hosts);

    return now != NULL;
}

static PyObject *show_hosts(PyObject *hosts)
{
    AUTO_TEXT text = {0};

    if (!PyList_GET_SIZE(hosts))
        text_add_string(&text, "None: cells read over HTTP, and reach nothing else. %ok_hosts "
                               "HOST:PORT permits a host.\n");
    for (Py_ssize_t i = 0; i < PyList_GET_SIZE(hosts); i++) {
        text_add_object(&text, PyList_GET_ITEM(hosts, i));
        text_add(&text, "\n", 1);
    }
    return text_print(&text, "stdout") ? Py_NewRef(Py_None) : NULL;
}

/* "host:port" as it is, the path of a Unix socket whole; new str, NULL with UsageError. */
static PyObject *whole_host(PyObject *word)
{
    const char *text = PyUnicode_AsUTF8(word), *colon = text ? strrchr(text, ':') : NULL;
    char *end;

    if (!text)
        return NULL;
    if (*text == '@')
        return Py_NewRef(word);
    if (strchr(text, '/') && !strstr(text, "://")) {
        AUTO_REF PyObject *path = call_python("os.path", "expanduser", "(O)", word);
        return path ? call_python("os.path", "realpath", "(O)", path) : NULL;
    }
    /* Port 0: to listen on one that the system chooses. */
    long port = colon ? strtol(colon + 1, &end, 10) : 0;
    if (!colon || colon == text || strstr(text, "://") || end == colon + 1 || *end || port < 0 ||
        port > 65535)
        return usage_error("%%ok_hosts: %s is neither HOST:PORT (api.example.com:443) nor the path "
                           "of a Unix socket (./sock)",
                           text);
    return Py_NewRef(word);
}

static PyObject *whole_hosts(PyObject *words)
{
    AUTO_REF PyObject *whole = PyList_New(0);

    for (Py_ssize_t i = 0; whole && i < PyList_GET_SIZE(words); i++) {
        AUTO_REF PyObject *host = whole_host(PyList_GET_ITEM(words, i));
        if (!host || PyList_Append(whole, host) < 0)
            return NULL;
    }
    return Py_XNewRef(whole);
}

static PyObject *widen_hosts(const struct magic_host *host, PyObject *hosts, PyObject *named,
                             bool add)
{
    if (!ground_is_there())
        return usage_error("%%ok_hosts needs the floor, which holds connections: %s",
                           ground_missing());
    AUTO_REF PyObject *wanted = without_doubles(add ? hosts : NULL, named);
    AUTO_REF PyObject *scope = wanted ? ask_to_widen(host, "ok_hosts", named, "") : NULL;

    if (!scope || !ok_hosts_set(host, wanted) ||
        !once_remember(host, scope, ONCE_HOSTS, hosts, wanted))
        return NULL;
    return Py_NewRef(Py_None);
}

PyObject *magic_ok_hosts(const struct magic_call *call)
{
    static const char *const switches[] = {"--add", "--remove", "--clear", NULL};
    AUTO_REF PyObject *typed = line_words(call->line, false);
    const char *given = typed ? take_switch(typed, switches, "ok_hosts") : NULL;
    AUTO_REF PyObject *named = given ? whole_hosts(typed) : NULL;
    AUTO_REF PyObject *hosts = named ? ok_hosts_now(call->host) : NULL;
    bool done;

    if (!hosts)
        return NULL;
    bool any = PyList_GET_SIZE(named) > 0, clears = strcmp(given, "--clear") == 0;
    if (!any && !*given)
        return show_hosts(hosts);
    if (any == clears)
        return usage_error("usage: %s", magic_find("ok_hosts", MAGIC_LINE)->usage);
    if (clears)
        done = ok_hosts_set(call->host, named);
    else if (strcmp(given, "--remove") == 0)
        done = remove_named("ok_hosts", hosts, named) && ok_hosts_set(call->host, hosts);
    else
        return widen_hosts(call->host, hosts, named, strcmp(given, "--add") == 0);
    return done ? Py_NewRef(Py_None) : NULL;
}
