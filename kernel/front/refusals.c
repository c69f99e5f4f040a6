/* refusals: what the floor refused and the cell's own code did not tell is said below its output.
 */
#include "kernel/front/front.h"

#include <stdio.h>
#include <string.h>

enum { LINES_MOST = 10 };

/* " by git": of a program that the cell started. */
static const char *other_program(const json_t *refusal)
{
    const char *program = json_string_value(json_object_get(refusal, "program"));

    return json_is_true(json_object_get(refusal, "own")) ? NULL : program;
}

static void write_line(const json_t *refusal, char *out, size_t size)
{
    const char *path = json_string_value(json_object_get(refusal, "path"));
    char remedy[PATH_MAX + 64];

    confine_remedy(refusal, remedy, sizeof remedy);
    const char *program = other_program(refusal);
    snprintf(out, size, "Refused: %s of %s%s%s: %s%s%s\n",
             json_string_value(json_object_get(refusal, "call")), path, program ? " by " : "",
             program ? program : "", json_string_value(json_object_get(refusal, "reason")),
             *remedy ? "; to permit it: " : "", remedy);
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
