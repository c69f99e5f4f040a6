/* project: trust on first use. A folder's .safepyrun.toml may have come with the folder, so nothing
 * of it holds before a person has seen what it permits and said yes. What was agreed to is kept in
 * the state directory: a file for each project, named by the digest of its path, with the digest of
 * the content. Content that the front wrote on a person's word needs no second yes. */
#include "kernel/front/front.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "base/folders.h"
#include "kernel/front/settings.h"

struct project {
    char followed[SETTINGS_DIGEST_BYTES]; /* the content that holds in this session; "" none */
    char declined[SETTINGS_DIGEST_BYTES]; /* the content that the person said no to */
};

/* ---- what is remembered ---- */

/* The file that remembers this project, in a folder that is made when `make`. */
static bool memory_path(const struct options *options, const char *project, bool make,
                        char out[PATH_MAX])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char state[PATH_MAX - 128];
    unsigned size = 0;

    if (!state_folder(options, state, sizeof state) ||
        !EVP_Digest(project, strlen(project), digest, &size, EVP_sha256(), NULL))
        return false;
    int used = snprintf(out, PATH_MAX, "%s/" PROJECTS_FOLDER, state);
    if (make)
        folders_make(out, 0700);
    out[used++] = '/';
    for (unsigned i = 0; i < size && i < SETTINGS_DIGEST_BYTES / 2; i++, used += 2)
        snprintf(out + used, 3, "%02x", digest[i]);
    return true;
}

bool project_is_remembered(const struct options *options, const struct settings *settings)
{
    char path[PATH_MAX], digest[SETTINGS_DIGEST_BYTES] = "";
    FILE *file =
        memory_path(options, settings->project_path, false, path) ? fopen(path, "re") : NULL;
    bool read = file && fgets(digest, sizeof digest, file);

    if (file)
        fclose(file);
    return read && *digest && strcmp(digest, settings->offered_digest) == 0;
}

int project_remember(const struct options *options, const struct settings *settings)
{
    const char *project = settings->project_path;
    char path[PATH_MAX], fresh[PATH_MAX + 32];

    if (!memory_path(options, project, true, path))
        return ENOENT;
    snprintf(fresh, sizeof fresh, "%s.%d", path, (int)getpid());
    FILE *file = fopen(fresh, "we");
    if (!file)
        return errno;
    bool written = fprintf(file, "%s\n%s\n", settings->offered_digest, project) > 0;
    written = fclose(file) == 0 && written;
    if (written && rename(fresh, path) == 0)
        return 0;
    int error = errno ? errno : EIO;
    unlink(fresh);
    return error;
}

/* ---- what holds ---- */

static bool offers_something(const struct settings *settings)
{
    const char *name;
    json_t *list;

    json_object_foreach(settings->offered, name, list)
    {
        if (json_array_size(list))
            return true;
    }
    return false;
}

static bool is_agreed(const struct project *self, const struct options *options,
                      const struct settings *settings)
{
    bool followed = *self->followed && strcmp(self->followed, settings->offered_digest) == 0;

    return !offers_something(settings) || followed || project_is_remembered(options, settings);
}

static void follow(struct project *self, struct settings *settings)
{
    strcpy(self->followed, settings->offered_digest);
    settings_follow(settings);
}

struct project *project_new(const struct options *options, struct settings *settings, bool open)
{
    struct project *self = calloc(1, sizeof *self);

    if (self && (open || is_agreed(self, options, settings)))
        follow(self, settings);
    return self;
}

/* ---- the question ---- */

json_t *project_offers(struct front *self, bool anew)
{
    struct settings *settings = approvals_settings_own(self);

    if (anew)
        settings_offer(settings);
    if (anew && is_agreed(approvals_project(self), &self->options, settings))
        json_object_clear(settings->offered);
    return settings_offers(settings);
}

/* The folders that are offered. A relative one means a folder of the project, wherever the worker
 * has gone meanwhile; "." is always where it is. */
static void place_dests(const struct front *self, struct settings *settings)
{
    json_t *dests = json_object_get(settings->offered, "ok_dests"), *dest;
    char here[PATH_MAX];
    const char *slash = strrchr(settings->project_path, '/');
    size_t index, length = (size_t)(slash - settings->project_path);

    if (!confine_folder(self, here) ||
        (strlen(here) == length && strncmp(here, settings->project_path, length) == 0))
        return;
    json_array_foreach(dests, index, dest)
    {
        const char *text = json_string_value(dest);
        if (*text != '/' && *text != '~' && strcmp(text, ".") != 0)
            json_array_set_new(dests, index,
                               json_sprintf("%.*s/%s", (int)length, settings->project_path, text));
    }
}

void project_agreed(struct front *self, char *note, size_t note_size)
{
    struct settings *settings = approvals_settings_own(self);
    struct project *project = approvals_project(self);

    int error = project_remember(&self->options, settings);
    if (error)
        snprintf(note, note_size, "this holds for the session only: it cannot be remembered: %s",
                 strerror(error));
    place_dests(self, settings);
    json_t *dests = json_copy(json_object_get(settings->offered, "ok_dests"));
    follow(project, settings);
    approvals_widened(self, dests);
    json_decref(dests);
}

void project_declined(struct front *self)
{
    strcpy(approvals_project(self)->declined, approvals_settings(self)->offered_digest);
}

bool project_was_declined(struct front *self)
{
    const struct project *project = approvals_project(self);

    return *project->declined &&
           strcmp(project->declined, approvals_settings(self)->offered_digest) == 0;
}

/* ---- what a person adds ---- */

bool project_add(struct front *self, const char *setting, const json_t *items, char *error,
                 size_t error_size)
{
    struct settings *settings = approvals_settings_own(self), now = {.warnings = json_array()};
    struct project *project = approvals_project(self);
    bool added = false;

    strcpy(now.project_path, settings->project_path);
    settings_offer(&now);
    if (!is_agreed(project, &self->options, &now)) {
        snprintf(error, error_size,
                 "%s has what you have not agreed to; %%allow --project shows it",
                 settings->project_path);
    } else if (settings_add_project(settings, setting, items, error, error_size)) {
        settings_offer(&now);
        strcpy(project->followed, now.offered_digest);
        int wrong = project_remember(&self->options, &now);
        if (wrong)
            snprintf(error, error_size, "it is in %s, but that cannot be remembered: %s",
                     settings->project_path, strerror(wrong));
        added = !wrong;
    }
    settings_clear(&now);
    return added;
}
