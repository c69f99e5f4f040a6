/* floor_effects: what was permitted and done, one line each, until the loop takes it. */
#include "kernel/front/floor_call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/places.h"

enum { EFFECTS_MOST = 200 };

struct floor_effects {
    pthread_mutex_t lock;
    char *lines[EFFECTS_MOST]; /* owned; the oldest first, none twice */
    size_t count;
};

static const struct {
    long (*judge)(struct floor_call *);
    const char *verb;
} verbs[] = {
    {floor_do_open, "wrote"},       {floor_do_openat, "wrote"},    {floor_do_creat, "wrote"},
    {floor_do_truncate, "wrote"},   {floor_do_unlink, "removed"},  {floor_do_unlinkat, "removed"},
    {floor_do_rmdir, "removed"},    {floor_do_mkdir, "made"},      {floor_do_mkdirat, "made"},
    {floor_do_mknod, "made"},       {floor_do_mknodat, "made"},    {floor_do_symlink, "made"},
    {floor_do_symlinkat, "made"},   {floor_do_rename, "moved to"}, {floor_do_renameat, "moved to"},
    {floor_do_link, "made"},        {floor_do_linkat, "made"},     {floor_do_chmod, "changed"},
    {floor_do_fchmodat, "changed"}, {floor_do_fchmod, "changed"},  {floor_do_chown, "changed"},
    {floor_do_fchownat, "changed"}, {floor_do_fchown, "changed"},
};

struct floor_effects *floor_effects_new(void)
{
    struct floor_effects *self = calloc(1, sizeof *self);

    if (self)
        pthread_mutex_init(&self->lock, NULL);
    return self;
}

/* What belongs to the session or to the system is nobody's file. */
static bool is_told(const struct floor_rules *rules, const char *path)
{
    for (size_t i = 0; i < rules->always_count; i++)
        if (place_is_below(path, rules->always[i]))
            return false;
    return *path == '/' && strncmp(path, "/dev/", 5) != 0 && strncmp(path, "/proc/", 6) != 0 &&
           !strstr(path, "/__pycache__");
}

static void add(struct floor_effects *self, const char *line)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->lines[i], line) == 0)
            return;
    if (self->count < EFFECTS_MOST && (self->lines[self->count] = strdup(line)))
        self->count++;
}

void floor_effects_note(struct floor_effects *self, const struct floor_call *call)
{
    const char *verb = NULL;
    char line[sizeof call->path + 16];

    for (size_t i = 0; i < sizeof verbs / sizeof *verbs && !verb; i++)
        if (verbs[i].judge == call->row->judge)
            verb = verbs[i].verb;
    if (!self || !verb || !is_told(call->rules, call->path))
        return;
    snprintf(line, sizeof line, "%s %s", verb, call->path);
    pthread_mutex_lock(&self->lock);
    add(self, line);
    pthread_mutex_unlock(&self->lock);
}

char *floor_effects_take(struct floor_effects *self)
{
    char *first = NULL;

    if (!self)
        return NULL;
    pthread_mutex_lock(&self->lock);
    if (self->count) {
        first = self->lines[0];
        memmove(self->lines, self->lines + 1, --self->count * sizeof *self->lines);
    }
    pthread_mutex_unlock(&self->lock);
    return first;
}
