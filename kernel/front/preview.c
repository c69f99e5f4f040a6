/* preview: a cell that is only tried. The worker forks for it (kernel/worker/preview.c); what the
 * fork writes goes to an overlay that the front has made, whose descriptors it sends. */
#include "kernel/front/preview.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/places.h"
#include "kernel/front/overlay.h"
#include "kernel/front/checkpoints.h"

static void cover_places(struct front *front, const json_t *dests, struct overlay *overlay,
                         json_t *told)
{
    char cwd[PATH_MAX], place[PATH_MAX];
    const char *home = getenv("HOME");
    size_t index;
    json_t *dest;

    confine_folder(front, cwd);
    json_array_foreach(dests, index, dest)
    {
        const char *text = json_string_value(dest);
        const json_t *known = text ? json_object_get(front->confine.places, text) : NULL;
        if (known)
            text = json_string_value(known);
        if (text && floor_resolve(strcmp(text, ".") ? text : cwd, home, cwd, place))
            overlay_cover(overlay, place);
    }
    /* What is the session's own to write is no effect that anybody wants to hear of. */
    json_array_append_new(told, json_string(front->scratch.path));
    overlay_cover(overlay, front->scratch.path);
    for (const struct place_cache *cache = places_caches; cache->by; cache++)
        if (place_cache_folder(cache, place, sizeof place) && access(place, F_OK) == 0) {
            json_array_append_new(told, json_string(place));
            overlay_cover(overlay, place);
        }
}

json_t *preview_query(struct front *front, uint64_t request, const json_t *content)
{
    struct request *running = front->shells[0].running;
    struct overlay overlay;
    char error[256];
    json_t *answer = NULL, *quiet = json_array(), *places = json_array();

    overlay_init(&overlay);
    if (!running || running->number != request)
        snprintf(error, sizeof error, "%%%%preview works in a cell of the main shell");
    else if (!front->scratch.path[0])
        snprintf(error, sizeof error, "the session has no folder for temporary files");
    else {
        cover_places(front, json_object_get(content, "ok_dests"), &overlay, quiet);
        if (overlay_make(&overlay, front->scratch.path, error, sizeof error)) {
            int fds[] = {overlay.mount_fd, overlay.upper_fd, overlay.user_fd};
            floor_preview(front->floor, overlay.mount_fd, overlay.user_fd);
            for (size_t i = 0; i < overlay.count; i++)
                json_array_append_new(places, json_string(overlay.places[i]));
            if (checkpoints_send_fds(front->supervisor.points_fd, "preview", fds,
                                     overlay.user_fd < 0 ? 2 : 3))
                answer = json_pack("{s:O, s:O}", "places", places, "quiet", quiet);
            else
                snprintf(error, sizeof error, "its descriptors could not be sent");
        }
    }
    if (!answer)
        answer = json_pack("{s:s}", "error", error);
    json_decref(places);
    json_decref(quiet);
    overlay_clear(&overlay);
    return answer;
}
