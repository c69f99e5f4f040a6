/* debugger: is there one, and the shell that its requests are queued on. The debugger itself is
 * debugpy, in the worker; when that ends, or is taken back to before it was attached, the next one
 * is asked what a frontend had asked: a breakpoint that is shown must stop. */
#include "kernel/front/front.h"
#include "kernel/front/worker_choice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool has_debugpy(const char *folder)
{
    char path[PATH_MAX + 96];

    snprintf(path, sizeof path, "%s/debugpy/__init__.py", folder);
    return access(path, R_OK) == 0;
}

/* Before Python has started: it is looked for where pip, conda and the system put packages. */
static bool is_installed(const struct front *self)
{
    struct worker_choice choice;
    char error[512], prefix[PATH_MAX], folder[PATH_MAX + 64];

    if (!worker_choose(&self->options, &choice, error, sizeof error))
        return false;
    snprintf(prefix, sizeof prefix, "%s", choice.program);
    for (int up = 0; up < 2; up++) { /* PREFIX/bin/python */
        char *slash = strrchr(prefix, '/');
        if (!slash)
            return false;
        *slash = 0;
    }
    snprintf(folder, sizeof folder, "%s/lib/python%s/site-packages", prefix, choice.version);
    if (has_debugpy(folder))
        return true;
    snprintf(folder, sizeof folder, "%s/pyvenv.cfg", prefix);
    if (access(folder, F_OK) == 0) /* an environment is closed */
        return false;
    const char *home = getenv("HOME");
    snprintf(folder, sizeof folder, "%s/.local/lib/python%s/site-packages", home ? home : "",
             choice.version);
    if (has_debugpy(folder))
        return true;
    snprintf(folder, sizeof folder, "%s/local/lib/python%s/dist-packages", prefix, choice.version);
    if (has_debugpy(folder))
        return true;
    snprintf(folder, sizeof folder, "%s/lib/python3/dist-packages", prefix);
    return has_debugpy(folder);
}

bool debugger_is_there(const struct front *self)
{
    if (self->debugger == DEBUGGER_UNKNOWN)
        return is_installed(self);
    return self->debugger == DEBUGGER_IS_THERE;
}

void debugger_open(struct front *self)
{
    struct shell *shell = &self->shells[HOP_SHELL_DEBUG];

    if (shell->open)
        return;
    shell->open = true; /* a worker that is started later opens it as it does subshells */
    link_send(self, HOP_SHELL_OPEN, 0, (int)HOP_SHELL_DEBUG, 0, shell->id);
}

/* ---- the next worker ---- */

/* The requests that last, and what tells two of a kind apart. */
static const struct {
    const char *command;
    bool of_source;
} lasting[] = {
    {"initialize", false},
    {"attach", false},
    {"setBreakpoints", true},
    {"setFunctionBreakpoints", false},
    {"setExceptionBreakpoints", false},
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));

    return text ? text : "";
}

static const char *source_of(const json_t *content)
{
    return text_of(json_object_get(json_object_get(content, "arguments"), "source"), "path");
}

static bool is_same(const json_t *a, const json_t *b, bool of_source)
{
    return strcmp(text_of(a, "command"), text_of(b, "command")) == 0 &&
           (!of_source || strcmp(source_of(a), source_of(b)) == 0);
}

static void forget(struct front *self)
{
    json_decref(self->debugging.requests);
    self->debugging.requests = NULL;
}

static void note_lasting(struct front *self, const struct message *message, bool of_source)
{
    json_t *requests = self->debugging.requests;

    if (!requests)
        requests = self->debugging.requests = json_array();
    for (size_t i = json_array_size(requests); i-- > 0;)
        if (is_same(json_array_get(requests, i), message->content, of_source))
            json_array_remove(requests, i);
    json_array_append_new(requests, json_deep_copy(message->content));
    json_decref(self->debugging.header);
    self->debugging.header = json_incref(message->header);
}

void debugger_note(struct front *self, const struct message *message)
{
    const char *command = text_of(message->content, "command");

    if (strcmp(command, "disconnect") == 0 || strcmp(command, "terminate") == 0)
        forget(self);
    for (size_t i = 0; i < sizeof lasting / sizeof *lasting; i++)
        if (strcmp(lasting[i].command, command) == 0)
            note_lasting(self, message, lasting[i].of_source);
}

/* Its answer goes to nobody. */
static bool send_again(struct front *self, const json_t *content)
{
    char *text = json_dumps(content, JSON_COMPACT);
    bool sent = text && link_send_nobodys(self, self->debugging.number, (int)HOP_SHELL_DEBUG,
                                          "debug_request", text);

    free(text);
    return sent;
}

static void name_parent(struct front *self)
{
    char *header = json_dumps(self->debugging.header, JSON_COMPACT);

    self->debugging.number = ++self->request_count;
    if (header)
        front_remember_parent(self, self->debugging.number, header, strlen(header));
    free(header);
}

void debugger_again(struct front *self)
{
    json_t *content;
    size_t i;

    self->debugging.answers = 0;
    if (!json_array_size(self->debugging.requests))
        return;
    name_parent(self);
    /* Whatever was stopped is no more. */
    publish_json(self, self->debugging.number, "debug_event",
                 json_pack("{s:s, s:i, s:s, s:{s:i, s:b}}", "type", "event", "seq", 0, "event",
                           "continued", "body", "threadId", 1, "allThreadsContinued", 1));
    json_array_foreach(self->debugging.requests, i, content) self->debugging.answers +=
        send_again(self, content);
}

bool debugger_answered(struct front *self, uint64_t request)
{
    if (!request || request != self->debugging.number)
        return false;
    self->debugging.answers -= self->debugging.answers > 0;
    shells_advance(self);
    return true;
}
