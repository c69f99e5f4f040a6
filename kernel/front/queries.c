/* queries: what the worker asks while a cell goes on (HOP_QUERY), each kind a row of one table.
 * Those about grants are answered in approvals.c, when the person has; the others here, at once. */
#include "kernel/front/front.h"

#include <stdlib.h>
#include <string.h>

#include "kernel/front/history.h"
#include "kernel/front/checkpoints.h"
#include "kernel/front/limits.h"
#include "kernel/front/preview.h"

void queries_answer(struct front *self, uint32_t token, uint64_t request, json_t *content)
{
    char *text = content ? json_dumps(content, JSON_COMPACT) : NULL;

    link_send(self, HOP_ANSWER, request, 0, token, text ? text : "{}");
    free(text);
    json_decref(content);
}

static void query_audit(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    const char *what = json_string_value(json_object_get(content, "what"));
    json_t *records = json_array();

    confine_note(self);
    if (what && strcmp(what, "read") == 0) {
        const json_t *all = audit_records(self);
        size_t size = json_array_size(all), index;
        json_int_t count = json_integer_value(json_object_get(content, "count"));
        size_t skip = count > 0 && (size_t)count < size ? size - (size_t)count : 0;
        json_t *record;
        json_array_foreach(all, index, record) if (index >= skip)
            json_array_append(records, record);
    } else if (json_is_object(content)) {
        audit_add(self, json_deep_copy(content));
    }
    queries_answer(self, frame->head.token, frame->head.request,
                   json_pack("{s:o}", "records", records));
}

static void query_history(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    char wrong[256] = "";
    json_t *entries = history_read(self->history, content, wrong, sizeof wrong);

    queries_answer(self, frame->head.token, frame->head.request,
                   entries ? json_pack("{s:o}", "history", entries)
                           : json_pack("{s:s}", "error", wrong));
}

static void query_history_place(struct front *self, const struct hop_frame *frame,
                                const json_t *content)
{
    (void)content;
    queries_answer(self, frame->head.token, frame->head.request, history_place(self->history));
}

static void query_control_header(struct front *self, const struct hop_frame *frame,
                                 const json_t *content)
{
    (void)content;
    queries_answer(
        self, frame->head.token, frame->head.request,
        json_pack("{s:o}", "header",
                  self->control_header ? json_incref(self->control_header) : json_object()));
}

/* The worker's ok_dests changed: they hold below as well before it goes on. */
static void query_dests(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    const json_t *dests = json_object_get(content, "ok_dests");

    if (json_is_true(json_object_get(content, "config")))
        confine_from_config(self, dests);
    confine_set(self, dests);
    queries_answer(self, frame->head.token, frame->head.request, json_object());
}

/* The hosts that cells may reach: as they are, or from now on. */
static void query_hosts(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    const json_t *hosts = json_object_get(content, "hosts");

    if (json_is_array(hosts))
        confine_set_hosts(self, hosts);
    queries_answer(self, frame->head.token, frame->head.request,
                   json_pack("{s:O?}", "hosts", self->confine.hosts));
}

/* The cell ends by what a person did in its debugger: what is queued behind it runs all the same.
 */
static void query_keep_queue(struct front *self, const struct hop_frame *frame,
                             const json_t *content)
{
    struct request *request = front_running(self, frame->head.request);

    (void)content;
    if (request)
        request->stop_on_error = false;
    queries_answer(self, frame->head.token, frame->head.request, json_object());
}

/* Is an error what a library made of a refusal? */
static void query_refused(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    const char *error = json_string_value(json_object_get(content, "error"));
    json_t *refusal = error ? confine_explain(self, error) : NULL;

    queries_answer(self, frame->head.token, frame->head.request, refusal ? refusal : json_object());
}

static void query_checkpoint(struct front *self, const struct hop_frame *frame,
                             const json_t *content)
{
    json_t *said = checkpoints_query(self, frame->head.request, content);

    if (said)
        queries_answer(self, frame->head.token, frame->head.request, said);
}

static void query_limits(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    queries_answer(self, frame->head.token, frame->head.request, limits_query(self, content));
}

static void query_preview(struct front *self, const struct hop_frame *frame, const json_t *content)
{
    queries_answer(self, frame->head.token, frame->head.request,
                   preview_query(self, frame->head.request, content));
}

static const struct {
    const char *kind;
    void (*query)(struct front *, const struct hop_frame *, const json_t *);
} queries[] = {{"widen", approvals_query_widen},
               {"call", approvals_query_call},
               {"audit", query_audit},
               {"dests", query_dests},
               {"hosts", query_hosts},
               {"project", approvals_query_project},
               {"refused", query_refused},
               {"history", query_history},
               {"history_place", query_history_place},
               {"control_header", query_control_header},
               {"keep_queue", query_keep_queue},
               {"checkpoint", query_checkpoint},
               {"limits", query_limits},
               {"preview", query_preview}};

void queries_receive(struct front *self, const struct hop_frame *frame, const char *kind,
                     json_t *content)
{
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++)
        if (strcmp(queries[i].kind, kind) == 0) {
            queries[i].query(self, frame, content);
            return;
        }
    queries_answer(self, frame->head.token, frame->head.request,
                   json_pack("{s:s}", "error", "unknown query"));
}
