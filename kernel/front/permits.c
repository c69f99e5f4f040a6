/* permits: calls of cells that a person permitted, or refused, where the cell paused. Each is one
 * text, as the question shows it: the callable, and what it may do it to.
 *
 *   os.remove in /home/me/out      files of that folder, and below
 *   subprocess.run runs git status
 *   requests.post to example.org
 *   connection to db.example:5432  whoever connects; a Unix socket by its path
 *   native-code runs /usr/bin/git status
 *   f with (1, 'x')                these arguments
 */
#include "kernel/front/front.h"

#include <stdlib.h>
#include <string.h>

#include "base/places.h"
#include "kernel/front/settings.h"

static const char in[] = " in ";

struct permits {
    json_t *standing; /* owned array: for the session, the project's among them */
    json_t *once;     /* owned array: for one request */
    json_t *refused;  /* owned array: in one request */
    uint64_t request; /* which that is */
    bool unanswered;  /* nobody answered in it */
};

/* ---- texts ---- */

/* The folder of "CALLABLE in FOLDER"; NULL: it is about something else. No callable's name has a
 * blank. */
static const char *folder_of(const char *text)
{
    const char *blank = strchr(text, ' ');

    return blank && strncmp(blank, in, sizeof in - 1) == 0 ? blank + sizeof in - 1 : NULL;
}

/* "joblib.Memory in /a" lets "joblib in /a/b" go on. */
static bool covers_library(const char *permitted, const char *library)
{
    const char *outer = folder_of(permitted), *inner = folder_of(library);
    size_t size = strcspn(library, " ");

    return outer && inner && strncmp(permitted, library, size) == 0 &&
           (permitted[size] == '.' || permitted[size] == ' ') && place_is_below(inner, outer);
}

static bool covers(const char *permitted, const char *wanted)
{
    const char *outer = folder_of(permitted), *inner = folder_of(wanted);

    if (!outer || !inner || outer - permitted != inner - wanted ||
        strncmp(permitted, wanted, (size_t)(outer - permitted)) != 0)
        return strcmp(permitted, wanted) == 0;
    return place_is_below(inner, outer);
}

static bool is_covered(const json_t *list, const char *wanted,
                       bool (*how)(const char *, const char *))
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        if (json_is_string(item) && how(json_string_value(item), wanted))
            return true;
    }
    return false;
}

/* The folder of the project's file; "" when there is none. */
static void project_folder(const struct settings *settings, char out[PATH_MAX])
{
    char *slash;

    snprintf(out, PATH_MAX, "%s", settings->project_path);
    slash = strrchr(out, '/');
    if (slash)
        slash[slash == out] = 0;
}

json_t *permits_for_project(const struct front *self, const json_t *items)
{
    char project[PATH_MAX];
    json_t *list = json_array(), *item;
    size_t index;

    project_folder(approvals_settings(self), project);
    size_t size = strlen(project);
    json_array_foreach(items, index, item)
    {
        const char *text = json_string_value(item), *folder = folder_of(text);
        bool below = folder && size > 1 && place_is_below(folder, project);
        json_array_append_new(
            list, below ? json_sprintf("%.*s.%s", (int)(folder - text), text, folder + size)
                        : json_string(text));
    }
    return list;
}

/* What the project's file says, with whole paths. New reference. */
static json_t *from_project(const struct settings *settings)
{
    char project[PATH_MAX];
    json_t *list = json_array(), *item;
    size_t index;

    project_folder(settings, project);
    json_array_foreach(settings->permit, index, item)
    {
        const char *text = json_string_value(item), *folder = text ? folder_of(text) : NULL;
        bool relative = folder && folder[0] == '.' && (!folder[1] || folder[1] == '/');
        if (text)
            json_array_append_new(list, relative ? json_sprintf("%.*s%s%s", (int)(folder - text),
                                                                text, project, folder + 1)
                                                 : json_string(text));
    }
    return list;
}

/* ---- life ---- */

struct permits *permits_new(const struct settings *settings)
{
    struct permits *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    self->standing = from_project(settings);
    self->once = json_array();
    self->refused = json_array();
    return self;
}

void permits_destroy(struct permits **self)
{
    if (!*self)
        return;
    json_decref((*self)->standing);
    json_decref((*self)->once);
    json_decref((*self)->refused);
    free(*self);
    *self = NULL;
}

/* ---- what the floor hears ---- */

/* What stands behind `start`: "connection to HOST:PORT". New array. */
static json_t *all_behind(const struct permits *permits, const char *start)
{
    const json_t *const lists[] = {permits->standing, permits->once};
    json_t *found = json_array(), *item;
    size_t index, size = strlen(start);

    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        json_array_foreach(lists[i], index, item)
        {
            const char *text = json_string_value(item);
            if (text && strncmp(text, start, size) == 0)
                json_array_append_new(found, json_string(text + size));
        }
    return found;
}

static void add_folders(json_t *folders, const json_t *list)
{
    size_t index;
    json_t *item;

    json_array_foreach(list, index, item)
    {
        const char *folder = folder_of(json_string_value(item));
        if (folder)
            json_array_append_new(folders, json_string(folder));
    }
}

static void tell_floor(struct front *self)
{
    const struct permits *permits = approvals_permits(self);
    json_t *folders = json_array();

    add_folders(folders, permits->standing);
    add_folders(folders, permits->once);
    confine_permit(self, folders, all_behind(permits, "connection to "),
                   all_behind(permits, "native-code runs "));
}

void permits_start(struct front *self)
{
    tell_floor(self);
}

void permits_widen(struct front *self)
{
    json_t *more = from_project(approvals_settings(self));

    json_array_extend(approvals_permits(self)->standing, more);
    json_decref(more);
    tell_floor(self);
}

/* What was said in another request is over. */
static struct permits *permits_of(struct front *self, uint64_t request)
{
    struct permits *permits = approvals_permits(self);

    if (permits->request == request)
        return permits;
    permits->request = request;
    permits->unanswered = false;
    json_array_clear(permits->refused);
    if (json_array_size(permits->once)) {
        json_array_clear(permits->once);
        tell_floor(self);
    }
    return permits;
}

void permits_request_ended(struct front *self, uint64_t request)
{
    if (self->approvals && approvals_permits(self)->request == request)
        permits_of(self, 0);
}

/* ---- answers ---- */

bool permits_cover(struct front *self, uint64_t request, const json_t *items, bool library)
{
    const struct permits *permits = permits_of(self, request);
    bool (*how)(const char *, const char *) = library ? covers_library : covers;
    size_t index;
    json_t *item;

    json_array_foreach(items, index, item)
    {
        const char *text = json_string_value(item);
        if (!is_covered(permits->standing, text, how) && !is_covered(permits->once, text, how))
            return false;
    }
    return true;
}

bool permits_refused(struct front *self, uint64_t request, const json_t *items)
{
    const struct permits *permits = permits_of(self, request);
    size_t index;
    json_t *item;

    json_array_foreach(items, index, item)
    {
        if (is_covered(permits->refused, json_string_value(item), covers))
            return true;
    }
    return permits->unanswered;
}

void permits_keep(struct front *self, uint64_t request, const json_t *items, const char *scope)
{
    struct permits *permits = permits_of(self, request);

    if (!scope) {
        permits->unanswered = true;
    } else if (!*scope) {
        json_array_extend(permits->refused, (json_t *)items);
    } else {
        json_array_extend(strcmp(scope, "once") == 0 ? permits->once : permits->standing,
                          (json_t *)items);
        tell_floor(self);
    }
}
