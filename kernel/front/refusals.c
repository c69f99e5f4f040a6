/* refusals: what the floor refused and the cell's own code did not tell is said below its output.
 */
#include "kernel/front/front.h"

#include <stdio.h>
#include <string.h>

#include "base/places.h"

enum { LINES_MOST = 10 };

/* "%ok_dests --add '/my folder'" for the folder that a path lies in. */
static void write_remedy(const char *path, char *out, size_t size)
{
    const char *slash = strrchr(path, '/');
    int length = slash == path ? 1 : slash ? (int)(slash - path) : 0;
    const char *quote = strpbrk(path, " \t'\\") ? "\"" : "";

    *out = 0;
    if (length && !places_refuse(path))
        snprintf(out, size, "; to permit it: %%ok_dests --add %s%.*s%s", quote, length, path,
                 quote);
}

static void write_line(const json_t *refusal, char *out, size_t size)
{
    const char *path = json_string_value(json_object_get(refusal, "path"));
    char remedy[PATH_MAX + 64];

    write_remedy(path, remedy, sizeof remedy);
    snprintf(out, size, "Refused: %s of %s by %s: %s%s\n",
             json_string_value(json_object_get(refusal, "call")), path,
             json_string_value(json_object_get(refusal, "program")),
             json_string_value(json_object_get(refusal, "reason")), remedy);
}

void refusals_show(struct front *self, struct request *request)
{
    json_t *refusals = confine_take(self), *refusal;
    char line[2 * PATH_MAX + 512];
    size_t index, shown = 0;

    json_array_foreach(refusals, index, refusal)
    {
        if (!request->execute || request->silent || shown == LINES_MOST ||
            json_is_true(json_object_get(refusal, "quiet")))
            continue;
        shown++;
        write_line(refusal, line, sizeof line);
        publish_json(self, request->number, "stream",
                     json_pack("{s:s, s:s}", "name", "stderr", "text", line));
    }
    json_decref(refusals);
}
