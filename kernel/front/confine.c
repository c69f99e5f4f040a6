/* confine: what the floor is told of the grants, and what it tells of refusals. The floor judges on
 * a thread of its own; here is the loop's side of it. */
#include "kernel/front/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/places.h"
#include "kernel/front/settings.h"

enum { WAITING_MOST = 100 };

/* ---- grants ---- */

/* config.py lies beside config.toml, and is the person's own. */
static bool has_config(const struct front *self)
{
    char path[PATH_MAX + 16];
    const char *user = approvals_settings(self)->user_path, *slash = strrchr(user, '/');

    snprintf(path, sizeof path, "%.*s/config.py", (int)(slash ? slash - user : 0), user);
    return slash && access(path, F_OK) == 0;
}

void confine_from_config(struct front *self, const json_t *dests)
{
    if (self->confine.configured || !has_config(self))
        return;
    self->confine.configured = true;
    confine_granted(self, "ok_dests", dests);
}

static bool contains(const json_t *list, const json_t *wanted)
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item) if (json_equal(item, wanted)) return true;
    return false;
}

static void add_never(struct floor_rules *rules, const json_t *paths)
{
    size_t index;
    json_t *path;

    json_array_foreach(paths, index, path) floor_rules_add_never(rules, json_string_value(path));
}

static void add_network(const struct front *self, struct floor_rules *rules)
{
    const char *net = approvals_settings(self)->net, *file = self->options.connection_file,
               *slash = file ? strrchr(file, '/') : NULL;

    rules->net = strcmp(net, "none") == 0    ? FLOOR_NET_NONE
                 : strcmp(net, "hosts") == 0 ? FLOOR_NET_HOSTS
                                             : FLOOR_NET_READ;
    for (int i = 0; i < CHANNEL_COUNT; i++)
        rules->kernel_ports[i] = self->connection.ports[i];
    snprintf(rules->runtime, sizeof rules->runtime, "%.*s", (int)(slash ? slash - file : 0),
             file ? file : "");
}

void confine_start(const struct front *self)
{
    places_init();
    places_keep_python(self->options.python);
}

/* The rules as they are now, to the floor. */
static void build(struct front *self)
{
    const struct settings *settings = approvals_settings(self);
    const struct confine *confine = &self->confine;
    struct floor_rules *rules = floor_missing(self->floor) ? NULL : floor_rules_new();
    size_t index;
    json_t *dest;

    if (!rules)
        return;
    json_array_foreach(confine->live, index, dest)
    {
        const char *text = json_string_value(dest);
        const json_t *place = text ? json_object_get(confine->places, text) : NULL;
        if (text && (contains(settings->ok_dests, dest) || contains(confine->dests, dest)))
            floor_rules_add_dest(rules, place ? json_string_value(place) : text);
    }
    json_array_foreach(confine->folders, index, dest)
    {
        floor_rules_add_dest(rules, json_string_value(dest));
    }
    json_t *protected_paths = approvals_protected(self);
    add_never(rules, protected_paths);
    json_decref(protected_paths);
    if (self->scratch.path[0])
        floor_rules_add_always(rules, self->scratch.path);
    floor_rules_add_caches(rules);
    json_array_foreach(confine->hosts, index, dest)
        floor_rules_add_host(rules, json_string_value(dest));
    json_array_foreach(confine->hosts_permitted, index, dest)
        floor_rules_add_host(rules, json_string_value(dest));
    json_array_foreach(confine->programs, index, dest)
        floor_rules_add_program(rules, json_string_value(dest));
    add_network(self, rules);
    rules->trusts = confine->trusted || has_config(self) || json_array_size(confine->programs) ||
                    json_array_size(settings->trust) || json_array_size(settings->shell) ||
                    json_array_size(settings->trusted_cells) || json_array_size(settings->permit) ||
                    json_array_size(settings->packs);
    floor_set_rules(self->floor, rules);
}

bool confine_folder(const struct front *self, char *out)
{
    char link[32];

    snprintf(link, sizeof link, "/proc/%d/cwd", self->supervisor.pid);
    ssize_t size = readlink(link, out, PATH_MAX - 1);
    out[size > 0 ? size : 0] = 0;
    return size > 0;
}

/* A relative destination goes on meaning the folder that it was given in; "." is always where the
 * worker is. */
static void place_relative(struct front *self)
{
    struct confine *confine = &self->confine;
    json_t *places = json_object(), *dest;
    char cwd[PATH_MAX], place[PATH_MAX];
    size_t index;

    confine_folder(self, cwd);
    json_array_foreach(confine->live, index, dest)
    {
        const char *text = json_string_value(dest);
        json_t *known = text ? json_object_get(confine->places, text) : NULL;
        bool moves = !text || *text == '/' || *text == '~' || strcmp(text, ".") == 0;
        if (known)
            json_object_set(places, text, known);
        else if (!moves && floor_resolve(text, NULL, cwd, place))
            json_object_set_new(places, text, json_string(place));
    }
    json_decref(confine->places);
    confine->places = places;
}

void confine_set(struct front *self, const json_t *asked)
{
    struct confine *confine = &self->confine;

    if (!asked) { /* a worker starts */
        confine->configured = false;
        json_decref(confine->hosts);
        confine->hosts = json_incref(approvals_settings(self)->ok_hosts);
    }
    json_decref(confine->live);
    confine->live = json_incref(asked ? (json_t *)asked : approvals_settings(self)->ok_dests);
    place_relative(self);
    build(self);
}

json_t *confine_keep(const struct front *self)
{
    const struct confine *confine = &self->confine;

    return json_pack("{s:O?, s:O?, s:O?}", "live", confine->live, "places", confine->places,
                     "hosts", confine->hosts);
}

/* `place` becomes what is kept under `key`. */
static void put_back(json_t **place, const json_t *kept, const char *key)
{
    json_t *value = json_object_get(kept, key);

    if (!value || json_is_null(value))
        return;
    json_decref(*place);
    *place = json_incref(value);
}

void confine_put_back(struct front *self, const json_t *kept)
{
    put_back(&self->confine.live, kept, "live");
    put_back(&self->confine.places, kept, "places");
    put_back(&self->confine.hosts, kept, "hosts");
    build(self);
}

void confine_widen(struct front *self, const json_t *dests)
{
    json_t *live = json_copy(self->confine.live), *hosts = json_copy(self->confine.hosts), *item;
    size_t index;

    json_array_foreach(dests, index, item) if (!contains(live, item)) json_array_append(live, item);
    json_array_foreach(approvals_settings(self)->ok_hosts, index, item)
    {
        if (!contains(hosts, item))
            json_array_append(hosts, item);
    }
    json_decref(self->confine.hosts);
    self->confine.hosts = hosts;
    confine_set(self, live);
    json_decref(live);
}

void confine_set_hosts(struct front *self, const json_t *asked)
{
    struct confine *confine = &self->confine;
    json_t *hosts = json_array(), *host;
    size_t index;

    json_array_foreach(asked, index,
                       host) if (json_is_string(host) &&
                                 (contains(approvals_settings(self)->ok_hosts, host) ||
                                  contains(confine->hosts_granted, host)))
        json_array_append(hosts, host);
    json_decref(confine->hosts);
    confine->hosts = hosts;
    build(self);
}

void confine_granted(struct front *self, const char *what, const json_t *items)
{
    struct confine *confine = &self->confine;

    if (strcmp(what, "ok_dests") == 0) {
        if (!confine->dests)
            confine->dests = json_array();
        json_array_extend(confine->dests, (json_t *)items);
        return;
    }
    if (strcmp(what, "ok_hosts") == 0) {
        if (!confine->hosts_granted)
            confine->hosts_granted = json_array();
        json_array_extend(confine->hosts_granted, (json_t *)items);
        return;
    }
    bool opens = strcmp(what, "trust") == 0 || strcmp(what, "trusted cell") == 0 ||
                 strcmp(what, "shell") == 0 || strcmp(what, "call") == 0;
    if (!opens || confine->trusted)
        return;
    confine->trusted = true;
    build(self);
}

void confine_permit(struct front *self, json_t *folders, json_t *hosts, json_t *programs)
{
    json_decref(self->confine.programs);
    self->confine.programs = programs;
    json_decref(self->confine.folders);
    json_decref(self->confine.hosts_permitted);
    self->confine.folders = folders;
    self->confine.hosts_permitted = hosts;
    build(self);
}

/* ---- refusals ---- */

void confine_note(struct front *self)
{
    struct confine *confine = &self->confine;
    struct floor_record *record = malloc(sizeof *record);

    if (!confine->waiting)
        confine->waiting = json_array();
    while (record && floor_take_record(self->floor, record)) {
        json_t *told =
            json_pack("{s:i, s:s, s:s%, s:s, s:s, s:b, s:b, s:i}", "kind", (int)record->kind,
                      "call", record->call, "path", record->path, strlen(record->path), "program",
                      record->program, "reason", record->reason, "quiet", record->quiet, "own",
                      record->own, "count", (int)record->count);
        if (!told) /* a path that is no UTF-8 */
            told = json_pack("{s:i, s:s, s:s, s:s, s:s, s:b, s:b, s:i}", "kind", (int)record->kind,
                             "call", record->call, "path", "?", "program", record->program,
                             "reason", record->reason, "quiet", record->quiet, "own", record->own,
                             "count", (int)record->count);
        char what[PATH_MAX + 32];
        snprintf(what, sizeof what, "%s %s", record->call,
                 json_string_value(json_object_get(told, "path")));
        audit_add(self, json_pack("{s:s, s:s, s:s, s:s}", "kind", "floor", "callable", what,
                                  "reason", record->reason, "program", record->program));
        if (json_array_size(confine->waiting) < WAITING_MOST)
            json_array_append(confine->waiting, told);
        json_decref(told);
    }
    free(record);
}

json_t *confine_take(struct front *self)
{
    confine_note(self);
    json_t *taken = self->confine.waiting;

    self->confine.waiting = NULL;
    return taken ? taken : json_array();
}

/* Of the folder that a yes is for, at the start of `path`: the one that is made, else the one that
 * the name lies in. */
static size_t folder_size(const char *call, const char *path)
{
    const char *slash = strrchr(path, '/');

    if (strncmp(call, "mkdir", 5) == 0)
        return strlen(path);
    return slash == path ? 1 : slash ? (size_t)(slash - path) : 0;
}

/* ---- native code that waits for a person ---- */

/* How a question names what waits: who, the word before what it is about, and how it is refused. */
struct asking {
    const char *callable, *about, *kind, *refusal, *where;
};
static const struct asking asking_of[] = {
    [FLOOR_FILE] = {"native-code", "in", "write", "Dest '%s' not allowed (%s): %s",
                    "native code that it called"},
    [FLOOR_PROGRAM] = {"native-code", "runs", "effect", "'%s' is refused (%s): %s",
                       "native code that it called"},
    [FLOOR_HOST] = {"connection", "to", "effect", "'%s' is refused (%s): %s",
                    "code that it called"},
};

/* NULL: it cannot be shown as text. */
static json_t *native_question(const struct request *request, const struct floor_record *record)
{
    char cell[48], reason[PATH_MAX + 192], detail[PATH_MAX + 320], remedy[PATH_MAX + 64];
    const struct asking *asking = &asking_of[record->kind];
    const char *what = record->kind == FLOOR_PROGRAM ? record->line : record->path;
    size_t size =
        record->kind == FLOOR_FILE ? folder_size(record->call, record->path) : strlen(what);

    snprintf(cell, sizeof cell, "Cell In[%" JSON_INTEGER_FORMAT "]", request->execution_count);
    snprintf(reason, sizeof reason, asking->refusal, what, record->call, record->reason);
    snprintf(detail, sizeof detail, "why: %s\n%s, in %s", reason, cell, asking->where);
    json_t *refusal = json_pack("{s:i, s:s, s:s}", "kind", (int)record->kind, "path", record->path,
                                "call", record->call);
    if (!refusal)
        return NULL;
    confine_remedy(refusal, remedy, sizeof remedy);
    json_decref(refusal);
    return json_pack("{s:[o], s:s, s:{s:s, s:s, s:s, s:s, s:[[s, s%]], s:s, s:n, s:n}}", "items",
                     json_sprintf("%s %s %.*s", asking->callable, asking->about, (int)size, what),
                     "detail", detail, "call", "callable", asking->callable, "kind", asking->kind,
                     "reason", reason, "remedy", remedy, "about", asking->about, what, size, "file",
                     cell, "line", "source");
}

static int native_waits(zloop_t *loop, zmq_pollitem_t *item, void *argument)
{
    struct front *self = argument;
    struct floor_record *record = malloc(sizeof *record);
    const struct request *request = self->shells[0].running;

    (void)loop, (void)item;
    if (!record || !floor_take_asked(self->floor, record)) {
        free(record);
        return 0;
    }
    bool may = record->kind != FLOOR_FILE || !places_refuse(record->path);
    json_t *question = request && may ? native_question(request, record) : NULL;
    if (question)
        approvals_ask_call(self, (struct asker){.request = request->number, .floor = true},
                           question);
    else
        floor_answer(self->floor, false);
    free(record);
    return 0;
}

void confine_watch(struct front *self)
{
    zmq_pollitem_t item = {NULL, floor_asks_fd(self->floor), ZMQ_POLLIN, 0};

    if (item.fd >= 0)
        zloop_poller(self->loop, &item, native_waits, self);
}

void confine_cell_changed(struct front *self)
{
    const struct request *request = self->shells[0].running;

    floor_asks(self->floor, request && request->execute && request->allow_stdin &&
                                !request->silent && approvals_may_ask(self));
}

/* ---- what the person is told ---- */

/* "%ok_dests --add '/my folder'" for the folder that a path lies in. */
static void add_folder(const char *call, const char *path, char *out, size_t size)
{
    int length = (int)folder_size(call, path);
    const char *quote = strpbrk(path, " \t'\\") ? "\"" : "";

    *out = 0;
    if (length && !places_refuse(path))
        snprintf(out, size, "%%ok_dests --add %s%.*s%s", quote, length, path, quote);
}

void confine_remedy(const json_t *refusal, char *out, size_t size)
{
    const char *path = json_string_value(json_object_get(refusal, "path"));

    switch ((enum floor_kind)json_integer_value(json_object_get(refusal, "kind"))) {
    case FLOOR_FILE:
        add_folder(json_string_value(json_object_get(refusal, "call")), path, out, size);
        break;
    case FLOOR_PROGRAM:
    case FLOOR_PROCESS:
        snprintf(out, size, "%%%%trusted");
        break;
    case FLOOR_HOST:
        snprintf(out, size, "%%ok_hosts --add %s", path);
        break;
    }
}

/* Does the text of an error speak of this refusal? Libraries say the path, its last part, or what
 * the system said. */
static bool speaks_of(const char *text, const char *path)
{
    static const char *const words[] = {"ermission denied", "not permitted", "ead-only",
                                        "eadonly",          "EACCES",        "ccess denied"};
    const char *slash = strrchr(path, '/');

    if (strstr(text, path) || (slash && strlen(slash) > 3 && strstr(text, slash + 1)))
        return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]))
            return true;
    return false;
}

json_t *confine_explain(struct front *self, const char *error)
{
    char remedy[PATH_MAX + 64];

    confine_note(self);
    for (size_t i = json_array_size(self->confine.waiting); i-- > 0;) {
        json_t *refusal = json_array_get(self->confine.waiting, i);
        const char *path = json_string_value(json_object_get(refusal, "path"));
        if (!speaks_of(error, path))
            continue;
        confine_remedy(refusal, remedy, sizeof remedy);
        json_incref(refusal);
        json_array_remove(self->confine.waiting, i);
        json_object_set_new(refusal, "remedy", json_string(remedy));
        return refusal;
    }
    return NULL;
}

void confine_clear(struct front *self)
{
    json_decref(self->confine.dests);
    json_decref(self->confine.hosts_permitted);
    json_decref(self->confine.programs);
    json_decref(self->confine.folders);
    json_decref(self->confine.waiting);
    json_decref(self->confine.live);
    json_decref(self->confine.places);
    json_decref(self->confine.hosts);
    json_decref(self->confine.hosts_granted);
    self->confine = (struct confine){0};
}

json_t *confine_layers(const struct front *self)
{
    const char *missing = floor_missing(self->floor);

    return missing ? json_pack("{s:b, s:s}", "floor", 0, "why", missing)
                   : json_pack("{s:b}", "floor", 1);
}
