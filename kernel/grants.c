/* grants: who may widen what. The worker asks (HOP_QUERY "widen"); the setting `magics` says who decides:
 * "ask" the human, through the frontend's input box, "open" everything is granted, "locked" nothing is. What
 * the packs hold harmless ("allow": calls whose effects still meet the gate) needs no approval.
 *
 * The audit log is kept here as well, in memory for %audit and as JSON lines in the state directory. */
#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "history.h"
#include "log.h"
#include "settings.h"

enum { RECORDS_KEPT = 1000, PROMPT_BYTES = 1500 };

/* A question that waits for the human. */
struct question {
    uint32_t token;
    uint64_t request; /* 0: none */
    int timer;
    json_t *content; /* owned */
};

struct grants {
    enum magics_mode mode;
    struct settings settings;
    json_t *records; /* owned array: the audit log of this session */
    int audit_fd;    /* -1: not open (yet) */
    struct question question;
};

/* ---- audit ------------------------------------------------------------------------------------------------------------ */

static void make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        mkdir(path, 0700);
        *slash = '/';
    }
    mkdir(path, 0700);
}

/* The state directory: --state-dir, $XDG_STATE_HOME/safepyrun, ~/.local/state/safepyrun. */
static bool state_directory(const struct options *options, char *out, size_t size)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (options->state_dir)
        return (size_t)snprintf(out, size, "%s", options->state_dir) < size;
    if (state && *state)
        return (size_t)snprintf(out, size, "%s/safepyrun", state) < size;
    return home && *home && (size_t)snprintf(out, size, "%s/.local/state/safepyrun", home) < size;
}

static void open_audit(struct front *self)
{
    char folder[PATH_MAX], path[PATH_MAX + 64];

    if (!state_directory(&self->options, folder, sizeof folder))
        return;
    make_folders(folder);
    snprintf(path, sizeof path, "%s/audit.jsonl", folder);
    self->grants->audit_fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (self->grants->audit_fd < 0)
        log_warning("audit log %s cannot be written: %s", path, strerror(errno));
}

/* One record (stolen); time and session are added. */
static void audit_add(struct front *self, json_t *record)
{
    char date[32];
    time_t now = time(NULL);
    struct tm broken;

    if (!record)
        return;
    strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &broken));
    json_object_set_new(record, "time", json_string(date));
    json_object_set_new(record, "session", json_string(wire_session(self->wire)));
    char *line = json_dumps(record, JSON_COMPACT);
    if (self->grants->audit_fd == -1)
        open_audit(self);
    if (line && self->grants->audit_fd >= 0 && dprintf(self->grants->audit_fd, "%s\n", line) < 0)
        log_warning("audit log: %s", strerror(errno)); /* a full disk: the record stays in memory */
    if (self->grants->audit_fd < 0)
        self->grants->audit_fd = -2; /* tried: not again for each record */
    free(line);
    if (json_array_size(self->grants->records) >= RECORDS_KEPT)
        json_array_remove(self->grants->records, 0);
    json_array_append_new(self->grants->records, record);
}

/* ---- answers ----------------------------------------------------------------------------------------------------------- */

static void answer(struct front *self, uint32_t token, uint64_t request, json_t *content)
{
    char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;

    link_send(self, HOP_ANSWER, request, 0, token, text ? text : "{}");
    free(text);
    json_decref(content);
}

/* Answer a "widen": granted with a scope, or not with the reason. */
static void decide(struct front *self, uint32_t token, uint64_t request, const json_t *asked, const char *scope,
                   const char *reason)
{
    const char *what = json_string_value(json_object_get(asked, "what"));
    const json_t *items = json_object_get(asked, "items");
    char error[512] = "";

    if (scope && strcmp(scope, "project") == 0 &&
        !settings_add_project(&self->grants->settings, what ? what : "", items, error, sizeof error)) {
        log_warning("the grant holds for this session only: %s", error);
        scope = "session";
    }
    audit_add(self, json_pack("{s:s, s:s, s:O?, s:s}", "kind", scope ? "granted" : "refused", "callable",
                              what ? what : "?", "items", items, "reason", scope ? scope : reason));
    answer(self, token, request,
           scope ? json_pack("{s:b, s:s}", "granted", 1, "scope", scope)
                 : json_pack("{s:b, s:s, s:s}", "granted", 0, "reason", reason, "remedy",
                             "permit it beforehand: config.toml, or start the kernel with --magics open"));
}

static int question_late(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;

    (void)loop, (void)timer;
    self->grants->question.timer = -1;
    self->input.request = 0;
    self->input.for_grant = false;
    grants_answered(self, NULL);
    return 0;
}

static const struct {
    char letter;
    const char *scope; /* NULL: no */
} choices[] = {{'o', "once"}, {'s', "session"}, {'p', "project"}, {'n', NULL}};

void grants_answered(struct front *self, const char *value)
{
    struct question question = self->grants->question;
    const char *scope = NULL;

    if (!question.request)
        return;
    self->grants->question = (struct question){.timer = -1};
    if (question.timer >= 0)
        zloop_timer_end(self->loop, question.timer);
    for (size_t i = 0; value && i < sizeof choices / sizeof *choices; i++)
        if ((value[0] | 0x20) == choices[i].letter)
            scope = choices[i].scope;
    decide(self, question.token, question.request, question.content, scope,
           value ? "you said no" : "nobody answered");
    json_decref(question.content);
}

/* "Allow ...?" with the items, cut to what a prompt can show. */
static void write_prompt(const json_t *content, char *out, size_t size)
{
    static const struct {
        const char *what, *question;
    } questions[] = {
        {"trust", "A cell asks that these may run with their effects permitted"},
        {"ok_dests", "A cell asks to write files below"},
        {"shell", "A cell asks to run the command"},
        {"trusted cell", "A cell asks to run outside of the sandbox"},
        {"allow", "A cell asks to call"},
    };
    const char *what = json_string_value(json_object_get(content, "what"));
    const char *question = "A cell asks for";
    size_t index, used;
    json_t *item;

    for (size_t i = 0; what && i < sizeof questions / sizeof *questions; i++)
        if (strcmp(questions[i].what, what) == 0)
            question = questions[i].question;
    used = (size_t)snprintf(out, size, "%s:\n", question);
    json_array_foreach(json_object_get(content, "items"), index, item)
    {
        const char *text = json_string_value(item);
        if (text && used + 120 < size)
            used += (size_t)snprintf(out + used, size - used - 100, "  %.*s\n", (int)(size - used - 110), text);
        if (used > size - 100)
            used = size - 100;
    }
    snprintf(out + used, size - used, "[o]nce, this [s]ession, this [p]roject, or [n]o? ");
}

static bool ask_human(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    struct question *question = &self->grants->question;
    char prompt[PROMPT_BYTES];

    write_prompt(content, prompt, sizeof prompt);
    if (question->request || !input_ask(self, frame->head.request, prompt, false, true))
        return false;
    *question = (struct question){.token = frame->head.token, .request = frame->head.request,
                                  .content = json_deep_copy(content)};
    question->timer =
        zloop_timer(self->loop, (size_t)self->grants->settings.ask_timeout_s * 1000, 1, question_late, self);
    return true;
}

static void query_widen(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    const char *what = json_string_value(json_object_get(content, "what"));
    enum magics_mode mode = self->grants->mode;

    if (mode == MAGICS_LOCKED)
        decide(self, frame->head.token, frame->head.request, content, NULL,
               "this kernel is locked: nothing can be allowed from a cell");
    else if (mode == MAGICS_OPEN || (what && strcmp(what, "allow") == 0))
        decide(self, frame->head.token, frame->head.request, content, "session", NULL);
    else if (!ask_human(self, frame, content))
        decide(self, frame->head.token, frame->head.request, content, NULL,
               "it needs a person's approval, and this frontend asks nobody");
}

static void query_audit(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    const char *what = json_string_value(json_object_get(content, "what"));
    json_t *records = json_array();

    if (what && strcmp(what, "read") == 0) {
        size_t size = json_array_size(self->grants->records), index;
        json_int_t count = json_integer_value(json_object_get(content, "count"));
        size_t skip = count > 0 && (size_t)count < size ? size - (size_t)count : 0;
        json_t *record;
        json_array_foreach(self->grants->records, index, record) if (index >= skip)
            json_array_append(records, record);
    } else if (json_is_object(content)) {
        audit_add(self, json_deep_copy(content));
    }
    answer(self, frame->head.token, frame->head.request, json_pack("{s:o}", "records", records));
}

static void query_history(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    char wrong[256] = "";
    json_t *entries = history_read(self->history, content, wrong, sizeof wrong);

    answer(self, frame->head.token, frame->head.request,
           entries ? json_pack("{s:o}", "history", entries) : json_pack("{s:s}", "error", wrong));
}

static const struct {
    const char *kind;
    void (*query)(struct front *, const struct hop_frame *, const json_t *);
} queries[] = {{"widen", query_widen}, {"audit", query_audit}, {"history", query_history}};

void grants_query(struct front *self, const struct hop_frame *frame, const char *kind, json_t *content)
{
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (strcmp(queries[i].kind, kind) == 0) {
            queries[i].query(self, frame, content);
            return;
        }
    answer(self, frame->head.token, frame->head.request, json_pack("{s:s}", "error", "unknown query"));
}

/* ---- policy ------------------------------------------------------------------------------------------------------------ */

struct grants *grants_new(struct front *self)
{
    static const char *const modes[] = {"ask", "open", "locked"};
    struct grants *grants = calloc(1, sizeof *grants);
    char error[512] = "";

    if (!grants)
        return NULL;
    grants->audit_fd = -1;
    grants->question.timer = -1;
    grants->records = json_array();
    if (!settings_load(&grants->settings, error, sizeof error))
        log_warning("%s; the defaults hold", error);
    const char *magics = self->options.magics ? self->options.magics : grants->settings.magics;
    for (int i = 0; i < 3; i++)
        if (magics && strcmp(modes[i], magics) == 0)
            grants->mode = (enum magics_mode)i;
    return grants;
}

void grants_destroy(struct grants **self)
{
    if (!*self)
        return;
    json_decref((*self)->records);
    json_decref((*self)->question.content);
    settings_clear(&(*self)->settings);
    if ((*self)->audit_fd >= 0)
        close((*self)->audit_fd);
    free(*self);
    *self = NULL;
}

void grants_send_policy(struct front *self)
{
    static const char *const modes[] = {"ask", "open", "locked"};
    const struct settings *settings = &self->grants->settings;
    json_t *content = json_pack("{s:s, s:O, s:O, s:O, s:O, s:O, s:[s, s, s]}", "magics", modes[self->grants->mode],
                                "ok_dests", settings->ok_dests, "allow", settings->allow, "trust", settings->trust,
                                "shell", settings->shell, "denied_reads", settings->denied_reads, "protected",
                                settings->user_path, settings->project_path, self->options.connection_file);
    char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;

    if (text)
        link_send(self, HOP_POLICY, 0, 0, 0, text);
    free(text);
    json_decref(content);
}
