/* For the tests of grants: a front of no more than what grants use, in a folder of its own. The
 * worker and the frontend are stood in for by link_send and input_ask, which note what they are
 * given. */
#ifndef SAFEPYRUN_GRANTS_FRONT_H
#define SAFEPYRUN_GRANTS_FRONT_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/front/checkpoints.h"
#include "kernel/front/front.h"
#include "kernel/front/limits.h"

#define USER "config/safepyrun/config.toml"
#define PROJECT ".safepyrun.toml"
#define AUDIT "state/deep/audit.jsonl"
enum { REQUEST = 7, TOKEN = 99 };

/* ---- the worker and the frontend ---- */

static json_t
    *sent; /* the last content that went to the worker; NULL: nothing since it was taken */
static enum hop_type sent_type;
static uint32_t sent_token;
static char *shown; /* the last question */
static unsigned questions;
static bool nobody_there; /* the frontend asks nobody */

bool link_send(struct front *self, enum hop_type type, uint64_t request, int shell, uint32_t token,
               const char *text)
{
    (void)self, (void)shell;
    assert_null(sent); /* one answer to one query */
    sent = json_loads(text, JSON_ALLOW_NUL, NULL);
    assert_non_null(sent);
    assert_int_equal(request, type == HOP_ANSWER ? REQUEST : 0);
    sent_type = type;
    sent_token = token;
    return true;
}

json_t *preview_query(struct front *self, uint64_t request, const json_t *content)
{
    (void)self, (void)request, (void)content;
    return NULL;
}
struct request *front_running(struct front *self, uint64_t number)
{
    (void)self, (void)number;
    return NULL;
}
json_t *limits_query(struct front *self, const json_t *content)
{
    (void)self, (void)content;
    return NULL;
}
bool limits_grant(struct front *self, const json_t *words)
{
    (void)self, (void)words;
    return false;
}
json_t *checkpoints_query(struct front *self, uint64_t request, const json_t *content)
{
    (void)self, (void)request, (void)content;
    return NULL;
}

bool input_ask(struct front *self, uint64_t request, uint32_t token, const char *prompt,
               bool password, const json_t *question)
{
    (void)self, (void)token;
    if (nobody_there)
        return false;
    assert_int_equal(request, REQUEST);
    assert_false(password);
    assert_non_null(question);
    free(shown);
    shown = strdup(prompt);
    questions++;
    return true;
}

static inline json_t *take_sent(enum hop_type type)
{
    json_t *content = sent;

    assert_non_null(content);
    assert_int_equal(sent_type, type);
    assert_int_equal(sent_token, type == HOP_ANSWER ? TOKEN : 0);
    sent = NULL;
    return content;
}

/* ---- a front of no more than what grants use ---- */

static char folder[PATH_MAX], state_path[PATH_MAX + 16];

static inline int enter_folder(void **state)
{
    char path[PATH_MAX + 16];

    (void)state;
    strcpy(folder, "/tmp/safepyrun-grants-XXXXXX");
    if (!mkdtemp(folder) || chdir(folder) != 0 || mkdir("config", 0755) != 0 ||
        mkdir("config/safepyrun", 0755) != 0)
        return -1;
    snprintf(path, sizeof path, "%s/config", folder);
    snprintf(state_path, sizeof state_path, "%s/state/deep", folder);
    questions = 0;
    nobody_there = false;
    return setenv("XDG_CONFIG_HOME", path, 1) || setenv("HOME", folder, 1);
}

static inline int take_away(const char *path, const struct stat *about, int kind, struct FTW *at)
{
    (void)about, (void)kind, (void)at;
    return remove(path);
}

static inline int leave_folder(void **state)
{
    (void)state;
    json_decref(sent);
    sent = NULL;
    free(shown);
    shown = NULL;
    return chdir("/") || nftw(folder, take_away, 8, FTW_DEPTH | FTW_PHYS);
}

static inline void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* `magics` NULL: as config.toml says. */
static inline struct front *front_with(const char *magics)
{
    struct front *front = calloc(1, sizeof *front);

    assert_non_null(front);
    front->options.magics = magics;
    front->options.state_dir = state_path;
    front->options.connection_file = "/run/kernel.json";
    front->wire = wire_new("", 0);
    front->loop = zloop_new();
    front->approvals = approvals_new(front);
    assert_non_null(front->wire);
    assert_non_null(front->loop);
    assert_non_null(front->approvals);
    return front;
}

static inline void front_destroy(struct front **front)
{
    confine_clear(*front);
    approvals_destroy(&(*front)->approvals);
    assert_null((*front)->approvals);
    zloop_destroy(&(*front)->loop);
    wire_destroy(&(*front)->wire);
    free(*front);
    *front = NULL;
}

/* Takes `content`. */
static inline void query(struct front *front, const char *kind, json_t *content)
{
    const struct hop_frame frame = {
        .head = {.type = HOP_QUERY, .token = TOKEN, .request = REQUEST}};

    queries_receive(front, &frame, kind, content);
    json_decref(content);
}

static inline void widen(struct front *front, const char *what, const char *item)
{
    query(front, "widen", json_pack("{s:s, s:[s]}", "what", what, "items", item));
}

static inline const char *field(const json_t *content, const char *name)
{
    const char *text = json_string_value(json_object_get(content, name));

    return text ? text : "(none)";
}

static inline void assert_says(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("\"%s\" does not say \"%s\"", text ? text : "(nothing)", part);
}

static inline void assert_granted(const char *scope)
{
    json_t *answer = take_sent(HOP_ANSWER);

    assert_true(json_is_true(json_object_get(answer, "granted")));
    assert_string_equal(field(answer, "scope"), scope);
    assert_string_equal(field(answer, "note"), "");
    json_decref(answer);
}

static inline void assert_refused(const char *reason)
{
    json_t *answer = take_sent(HOP_ANSWER);

    assert_true(json_is_false(json_object_get(answer, "granted")));
    assert_says(field(answer, "reason"), reason);
    json_decref(answer);
}

static inline bool has(const json_t *list, const char *text)
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        if (strcmp(json_string_value(item), text) == 0)
            return true;
    }
    return false;
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, enter_folder, leave_folder)

#endif
