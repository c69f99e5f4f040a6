/* approvals: who may widen what. The worker asks (HOP_QUERY "widen"); the setting `magics` says who
 * decides: "ask" the human, through the frontend's input box, "open" everything is granted,
 * "locked" nothing is. What the packs hold harmless ("allow": calls whose effects still meet the
 * gate) needs no approval. */
#include "kernel/front/front.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/log.h"
#include "kernel/front/floor_changes.h"
#include "kernel/front/question.h"
#include "kernel/front/settings.h"

enum { TRIES = 3 };

/* A question that waits for the human. */
struct question {
    struct asker asker;
    int timer;
    int tries;       /* answers that were not understood */
    json_t *content; /* owned */
};

struct approvals {
    enum magics_mode mode;
    struct settings settings;
    struct question question;
    struct permits *permits; /* owned */
    struct project *project; /* owned */
    struct audit *audit;     /* owned */
};

/* ---- what can be asked for ---- */

/* What may be asked for: the question, and the setting that permits it beforehand (NULL: only
 * --magics open). */
static const struct widening {
    const char *what, *question, *setting;
} widenings[] = {
    {"trust",
     "A cell asks that these (of a class, its methods) may run with their effects permitted",
     "trust"},
    {"ok_dests", "A cell asks to write files below", "ok_dests"},
    {"ok_hosts", "A cell asks to reach these hosts", "ok_hosts"},
    {"shell", "A cell asks that these commands may run, outside of the sandbox", "shell"},
    {"limits", "A cell asks for higher limits", NULL},
    {"call", "The cell goes on with this only if you permit it", "permit"},
    {"trusted cell", "A cell asks to run outside of the sandbox", NULL},
    {"project",
     "A file of this folder, .safepyrun.toml, that you have not agreed to yet lets every cell",
     NULL},
    {"native",
     "A cell asks to call this, which is refused by default or compiled: the sandbox may not see "
     "all that it does",
     "allow"},
    {"allow", "A cell asks to call", "allow"},
};

static const struct widening *widening_find(const char *what)
{
    for (size_t i = 0; what && i < sizeof widenings / sizeof *widenings; i++)
        if (strcmp(widenings[i].what, what) == 0)
            return &widenings[i];
    return NULL;
}

/* ---- what was agreed to ---- */

/* The SHA-256 of a %%trusted cell's text, which is what an approval for longer than once is for.
 * New reference. */
static json_t *cell_digest(const json_t *items)
{
    const char *text = json_string_value(json_array_get(items, 0));
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
    unsigned size = 0;

    if (!text || !EVP_Digest(text, strlen(text), digest, &size, EVP_sha256(), NULL))
        return NULL;
    for (unsigned i = 0; i < size; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    return json_string(hex);
}

static bool contains(const json_t *list, const json_t *wanted)
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item) if (json_equal(item, wanted)) return true;
    return false;
}

/* Was this very cell agreed to, for the session or the project? */
static bool cell_agreed(const struct front *self, const json_t *items)
{
    json_t *digest = cell_digest(items);
    bool agreed = digest && contains(self->approvals->settings.trusted_cells, digest);

    json_decref(digest);
    return agreed;
}

/* Keep the grant beyond this cell: "project" in the project's file. Returns the scope that came of
 * it; `note` says why it is less than what was asked for. */
static const char *keep(struct front *self, const char *what, const json_t *items,
                        const char *scope, char *note, size_t note_size)
{
    bool cell = strcmp(what, "trusted cell") == 0;
    json_t *kept = cell                        ? json_array()
                   : strcmp(what, "call") == 0 ? permits_for_project(self, items)
                                               : json_incref((json_t *)items);
    char wrong[PATH_MAX + 256] = "";

    if (cell)
        json_array_append_new(kept, cell_digest(items));
    if (cell && strcmp(scope, "once") != 0)
        json_array_extend(self->approvals->settings.trusted_cells, kept);
    if (strcmp(scope, "project") == 0 &&
        !project_add(self, cell ? "trusted_cells" : widening_find(what)->setting, kept, wrong,
                     sizeof wrong)) {
        snprintf(note, note_size, "this holds for the session only: %s", wrong);
        scope = "session";
    }
    json_decref(kept);
    return scope;
}

/* ---- answers ---- */

/* "permit it beforehand: ok_dests = ["."] in .../config.toml, or start the kernel with --magics
 * open" */
static void write_remedy(const struct front *self, const struct widening *widening,
                         const json_t *items, char *out, size_t size)
{
    char *list = widening->setting ? json_dumps(items, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;

    if (self->approvals->mode == MAGICS_LOCKED)
        snprintf(out, size, "whoever started the kernel decides: magics = \"ask\" in %s",
                 self->approvals->settings.user_path);
    else if (list && strlen(list) < 300)
        snprintf(out, size, "%s = %s in %s, or start the kernel with --magics open",
                 widening->setting, list, self->approvals->settings.user_path);
    else
        snprintf(out, size,
                 "start the kernel with --magics open, or write magics = \"open\" into %s",
                 self->approvals->settings.user_path);
    free(list);
}

/* `content` is stolen. */
static void tell_asker(struct front *self, struct asker asker, bool granted, json_t *content)
{
    json_object_set_new(content, "granted", json_boolean(granted));
    if (!asker.floor)
        queries_answer(self, asker.token, asker.request, json_incref(content));
    else
        floor_answer(self->floor, granted);
    json_decref(content);
}

static void grant(struct front *self, struct asker asker, const json_t *asked, const char *scope)
{
    const char *what = json_string_value(json_object_get(asked, "what"));
    const json_t *items = json_object_get(asked, "items");
    char note[PATH_MAX + 320] = "";

    if (strcmp(what, "project") == 0) {
        project_agreed(self, note, sizeof note);
        audit_add(self, json_pack("{s:s, s:s, s:O, s:s}", "kind", "granted", "callable", what,
                                  "items", items, "reason", "yes"));
        tell_asker(self, asker, true, json_pack("{s:s, s:s}", "scope", "project", "note", note));
        return;
    }
    scope = keep(self, what, items, scope, note, sizeof note);
    if (strcmp(what, "call") == 0)
        permits_keep(self, asker.request, items, scope);
    confine_granted(self, what, items);
    if (strcmp(what, "limits") == 0)
        limits_grant(self, items);
    audit_add(self, json_pack("{s:s, s:s, s:O, s:s}", "kind", "granted", "callable", what, "items",
                              items, "reason", scope));
    tell_asker(self, asker, true, json_pack("{s:s, s:s}", "scope", scope, "note", note));
}

static void refuse(struct front *self, struct asker asker, const json_t *asked, const char *reason)
{
    const struct widening *widening =
        widening_find(json_string_value(json_object_get(asked, "what")));
    json_t *items = json_object_get(asked, "items");
    char remedy[PATH_MAX + 512] = "";

    if (widening)
        write_remedy(self, widening, items, remedy, sizeof remedy);
    audit_add(self, json_pack("{s:s, s:s, s:O?, s:s}", "kind", "refused", "callable",
                              widening ? widening->what : "?", "items", items, "reason", reason));
    tell_asker(self, asker, false, json_pack("{s:s, s:s}", "reason", reason, "remedy", remedy));
}

/* ---- the question ---- */

/* New text, or NULL when it would be too long for a person to judge. */
static char *write_prompt(const json_t *content, bool again)
{
    return question_prompt(
        content, widening_find(json_string_value(json_object_get(content, "what")))->question,
        again);
}

/* End the question without an answer to the worker; the caller decides. */
static struct question question_take(struct front *self)
{
    struct question question = self->approvals->question;

    self->approvals->question = (struct question){.timer = -1};
    if (question.timer >= 0)
        zloop_timer_end(self->loop, question.timer);
    return question;
}

static int question_late(zloop_t *loop, int timer, void *argument)
{
    struct front *self = argument;
    char reason[64];

    (void)loop, (void)timer;
    self->approvals->question.timer = -1;
    self->input.request = 0;
    self->input.for_grant = false;
    struct question question = question_take(self);
    snprintf(reason, sizeof reason, "nobody answered within %ld s",
             self->approvals->settings.ask_timeout_s);
    permits_keep(self, question.asker.request, NULL, NULL);
    refuse(self, question.asker, question.content, reason);
    json_decref(question.content);
    return 0;
}

static bool question_show(struct front *self)
{
    struct question *question = &self->approvals->question;
    char *prompt = write_prompt(question->content, question->tries > 0);
    json_t *told = json_copy(question->content);
    json_object_set_new(told, "choices", question_choices(question->content));
    bool shown = prompt && told && input_ask(self, question->asker.request, 0, prompt, false, told);

    free(prompt);
    json_decref(told);
    return shown;
}

void approvals_answered(struct front *self, const char *value)
{
    const char *scope = value ? question_choice(self->approvals->question.content, value) : "";

    if (!self->approvals->question.asker.request)
        return;
    if (!scope && ++self->approvals->question.tries < TRIES && question_show(self))
        return;
    struct question question = question_take(self);
    if (strcmp(json_string_value(json_object_get(question.content, "what")), "project") == 0 &&
        value && !(scope && *scope))
        project_declined(self);
    if (!value)
        permits_keep(self, question.asker.request, NULL, NULL);
    else if (!scope || !*scope)
        permits_keep(self, question.asker.request, json_object_get(question.content, "items"), "");
    if (scope && *scope)
        grant(self, question.asker, question.content, scope);
    else
        refuse(self, question.asker, question.content,
               !value  ? "the question was interrupted"
               : scope ? "you said no"
                       : "no answer that was understood");
    json_decref(question.content);
}

/* NULL when the question stands, else why nobody can be asked. */
static const char *ask_human(struct front *self, struct asker asker, const json_t *content)
{
    struct question *question = &self->approvals->question;

    if (question->asker.request)
        return "another question waits for its answer";
    char *prompt = write_prompt(content, false);
    free(prompt);
    if (!prompt)
        return "it is too long to be shown in a question";
    *question = (struct question){.asker = asker, .timer = -1, .content = json_deep_copy(content)};
    if (question->content && question_show(self)) {
        question->timer =
            zloop_timer(self->loop, (size_t)self->approvals->settings.ask_timeout_s * 1000, 1,
                        question_late, self);
        return NULL;
    }
    json_decref(question_take(self).content);
    return "it needs a person's approval, and this frontend asks nobody";
}

static struct asker asker_of(const struct hop_frame *frame)
{
    return (struct asker){frame->head.request, frame->head.token, false};
}

/* A person would be shown no more of a text than what stands before its first NUL. */
static bool is_list_of_text(const json_t *items)
{
    size_t index;
    json_t *item;

    json_array_foreach(items, index, item)
    {
        if (!json_is_string(item) || strlen(json_string_value(item)) != json_string_length(item))
            return false;
    }
    return json_array_size(items) > 0;
}

void approvals_query_widen(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    const char *what = json_string_value(json_object_get(content, "what")), *wrong = NULL;
    const json_t *items = json_object_get(content, "items");
    enum magics_mode mode = self->approvals->mode;
    struct asker asker = asker_of(frame);

    if (!widening_find(what) || !is_list_of_text(items))
        wrong = "nothing that could be granted";
    else if (mode == MAGICS_LOCKED)
        wrong = "this kernel is locked: nothing can be allowed from a cell";
    else if (mode != MAGICS_OPEN && strcmp(what, "allow") != 0 &&
             !(strcmp(what, "trusted cell") == 0 && cell_agreed(self, items))) {
        wrong = ask_human(self, asker, content);
        if (!wrong)
            return; /* approvals_answered goes on */
    }
    if (wrong)
        refuse(self, asker, content, wrong);
    else
        grant(self, asker, content, "session");
}

bool approvals_may_ask(const struct front *self)
{
    return self->approvals && self->approvals->mode == MAGICS_ASK &&
           !self->approvals->settings.tell;
}

void approvals_ask_call(struct front *self, struct asker asker, json_t *content)
{
    const json_t *items = json_object_get(content, "items");
    const char *wrong = NULL;
    bool library = json_is_true(json_object_get(json_object_get(content, "call"), "library"));

    json_object_set_new(content, "what", json_string("call"));
    if (!is_list_of_text(items) || !approvals_may_ask(self))
        wrong = "nobody is asked";
    else if (permits_cover(self, asker.request, items, library))
        tell_asker(self, asker, true, json_object());
    else if (library)
        wrong = "nobody is asked about what a library tries on its own";
    else if (permits_refused(self, asker.request, items))
        wrong = "you said no";
    else
        wrong = ask_human(self, asker, content); /* NULL: approvals_answered goes on */
    if (wrong)
        tell_asker(self, asker, false, json_pack("{s:s}", "reason", wrong));
    json_decref(content);
}

void approvals_query_call(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    approvals_ask_call(self, asker_of(frame), json_deep_copy(content));
}

/* The worker's first cell, or %allow --project ("asked"): what the project's file offers. */
void approvals_query_project(struct front *self, const struct hop_frame *frame,
                             const json_t *content)
{
    bool asked = json_is_true(json_object_get(content, "asked"));
    json_t *items = project_offers(self, asked);
    struct asker asker = asker_of(frame);
    const char *wrong = NULL;

    if (items && !json_array_size(items)) {
        tell_asker(self, asker, true, json_pack("{s:s}", "scope", ""));
        json_decref(items);
        return;
    }
    json_t *question = items ? json_pack("{s:s, s:O}", "what", "project", "items", items) : NULL;
    if (!question)
        wrong = "what it permits cannot be shown";
    else if (self->approvals->mode == MAGICS_LOCKED)
        wrong = "this kernel is locked";
    else if (!asked && self->approvals->settings.tell)
        wrong = "on_refusal = \"tell\": nobody is asked";
    else if (!asked && project_was_declined(self))
        wrong = "you said no";
    else if (self->approvals->mode == MAGICS_OPEN)
        grant(self, asker, question, "session");
    else
        wrong = ask_human(self, asker, question); /* NULL: approvals_answered goes on */
    if (wrong)
        refuse(self, asker, question, wrong);
    json_decref(question);
    json_decref(items);
}

const struct settings *approvals_settings(const struct front *self)
{
    return &self->approvals->settings;
}

struct settings *approvals_settings_own(struct front *self)
{
    return &self->approvals->settings;
}

struct permits *approvals_permits(struct front *self)
{
    return self->approvals->permits;
}

struct audit *approvals_audit(struct front *self)
{
    return self->approvals->audit;
}

struct project *approvals_project(struct front *self)
{
    return self->approvals->project;
}

/* ---- policy ---- */

/* Where former contents of files are kept. */
#define UNDO_FOLDER "undo"

static void keep_contents(struct front *self, const struct settings *settings)
{
    char state[PATH_MAX - 32], folder[PATH_MAX];

    if (!state_folder(&self->options, state, sizeof state))
        return;
    snprintf(folder, sizeof folder, "%s/" UNDO_FOLDER, state);
    floor_changes_keep(floor_changes_of(self->floor), folder, settings->undo_bytes);
}

struct approvals *approvals_new(struct front *self)
{
    static const char *const modes[] = {"ask", "open", "locked"};
    struct approvals *approvals = calloc(1, sizeof *approvals);

    if (!approvals)
        return NULL;
    approvals->question.timer = -1;
    approvals->audit = audit_new();
    settings_load(&approvals->settings);
    keep_contents(self, &approvals->settings);
    size_t index;
    json_t *warning;
    json_array_foreach(approvals->settings.warnings, index, warning)
        log_warning("%s", json_string_value(warning));
    const char *magics = self->options.magics ? self->options.magics : approvals->settings.magics;
    for (int i = 0; i < 3; i++)
        if (magics && strcmp(modes[i], magics) == 0)
            approvals->mode = (enum magics_mode)i;
    approvals->project =
        project_new(&self->options, &approvals->settings, approvals->mode == MAGICS_OPEN);
    approvals->permits = permits_new(&approvals->settings);
    if (!approvals->project || !approvals->permits || !approvals->audit)
        approvals_destroy(&approvals);
    return approvals;
}

void approvals_destroy(struct approvals **self)
{
    if (!*self)
        return;
    permits_destroy(&(*self)->permits);
    free((*self)->project);
    audit_destroy(&(*self)->audit);
    json_decref((*self)->question.content);
    settings_clear(&(*self)->settings);
    free(*self);
    *self = NULL;
}

/* Files that decide what cells may do: never a cell's to write, whatever ok_dests says. */
json_t *approvals_protected(struct front *self)
{
    const struct settings *settings = &self->approvals->settings;
    char state[PATH_MAX - 32], config[PATH_MAX], fresh[PATH_MAX + 8];
    json_t *paths = json_copy(settings->packs);

    snprintf(config, sizeof config, "%s", settings->user_path);
    *strrchr(config, '/') = 0; /* config.toml, config.py and the packs lie there */
    snprintf(fresh, sizeof fresh, "%s.new", settings->project_path);
    json_array_append_new(paths, json_string(config));
    json_array_append_new(paths, json_string(settings->project_path));
    json_array_append_new(paths, json_string(fresh));
    json_array_append_new(paths, json_string(self->options.connection_file));
    if (state_folder(&self->options, state, sizeof state)) {
        json_array_append_new(paths, json_sprintf("%s/audit.jsonl", state));
        json_array_append_new(paths, json_sprintf("%s/" PROJECTS_FOLDER, state));
        json_array_append_new(paths, json_sprintf("%s/" UNDO_FOLDER, state));
    }
    return paths;
}

/* Reading the connection file is speaking for the person: it has the key that messages are signed
 * with. */
static json_t *denied_reads(struct front *self)
{
    json_t *paths = json_copy(self->approvals->settings.denied_reads);

    json_array_append_new(paths, json_string(self->options.connection_file));
    return paths;
}

static void send_policy(struct front *self, json_t *dests)
{
    static const char *const modes[] = {"ask", "open", "locked"};
    const struct settings *settings = &self->approvals->settings;
    json_t *content = json_pack(
        "{s:s, s:b, s:b, s:O, s:O, s:O, s:O, s:O, s:O, s:s, s:o, s:o, s:s, s:o, s:s}", "magics",
        modes[self->approvals->mode], "asks",
        self->approvals->mode == MAGICS_ASK && !settings->tell, "offered",
        json_object_size(settings->offered) > 0, "ok_dests", dests, "allow", settings->allow,
        "trust", settings->trust, "shell", settings->shell, "packs", settings->packs, "warnings",
        settings->warnings, "config", settings->user_path, "denied_reads", denied_reads(self),
        "protected", approvals_protected(self), "scratch", self->scratch.path, "layers",
        confine_layers(self), "unlisted", settings->unlisted[0] ? settings->unlisted : "gate");
    char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;

    if (text)
        link_send(self, HOP_POLICY, 0, 0, 0, text);
    free(text);
    json_decref(content);
}

void approvals_send_policy(struct front *self, bool woken)
{
    if (!woken)
        confine_set(self, NULL);
    permits_start(self);
    send_policy(self, woken ? self->confine.live : self->approvals->settings.ok_dests);
}

void approvals_again(struct front *self)
{
    send_policy(self, self->confine.live);
}

void approvals_widened(struct front *self, const json_t *dests)
{
    confine_widen(self, dests);
    permits_widen(self);
    approvals_again(self);
}
