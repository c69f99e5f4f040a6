/* shells: the queues. The parent shell and each subshell answer their requests one at a time, in
 * order; after an error the execute requests that were queued then are answered "aborted". */
#include "kernel/front/front.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/front/history.h"
#include "base/log.h"
#include "kernel/front/checkpoints.h"
#include "kernel/front/limits.h"

enum { PENDING_MOST = 100000 };

void shell_push(struct front *self, struct request *request)
{
    struct shell *shell = &self->shells[request->shell];

    if (shell->last)
        shell->last->next = request;
    else
        shell->first = request;
    shell->last = request;
    self->queued_bytes += request->bytes;
}

static struct request *shell_pop(struct front *self, struct shell *shell)
{
    struct request *request = shell->first;

    self->queued_bytes -= request->bytes;
    shell->first = request->next;
    if (!shell->first)
        shell->last = NULL;
    request->next = NULL;
    return request;
}

static void answer_aborted(struct front *self, struct request *request)
{
    publish_status(self, request, "busy");
    reply_json(
        self, request,
        json_pack("{s:s, s:I}", "status", "aborted", "execution_count", request->execution_count));
    publish_status(self, request, "idle");
    request_destroy(&request);
}

/* Take a request out of the queue; `before` is the one in front of it, or NULL. */
static void shell_unlink(struct front *self, struct shell *shell, struct request *before,
                         struct request *request)
{
    *(before ? &before->next : &shell->first) = request->next;
    if (!request->next)
        shell->last = before;
    request->next = NULL;
    self->queued_bytes -= request->bytes;
}

/* A cell awaits: send or answer the next request that need not wait for it. */
static bool shell_aside(struct front *self, struct shell *shell)
{
    struct request *before = NULL, *request = shell->first;
    bool cells = false;

    for (; request; before = request, request = request->next) {
        int aside = request->wrong || request->aborted || !request->type
                        ? ASIDE_NEVER
                        : (int)request->type->aside;
        if (aside == ASIDE_ALWAYS || (aside == ASIDE_IN_ORDER && !cells))
            break;
        cells = true;
    }
    if (!request)
        return false;
    shell_unlink(self, shell, before, request);
    if (request->type->answer) {
        request_answer(self, request);
        return true;
    }
    publish_status(self, request, "busy");
    request->next = shell->aside;
    shell->aside = request;
    if (!link_send_request(self, request))
        supervisor_lost(self);
    return true;
}

/* Send or answer the first of the queue. False when nothing of this shell can go on now. */
static bool shell_advance(struct front *self, struct shell *shell)
{
    if (!shell->first || self->done)
        return false;
    if (shell->running)
        return shell->awaits && shell_aside(self, shell);
    struct request *request = shell->first;

    if (request->aborted) {
        answer_aborted(self, shell_pop(self, shell));
        return true;
    }
    if (request->wrong || request->type->answer) {
        request_answer(self, shell_pop(self, shell));
        return true;
    }
    if (!self->supervisor.pid || self->supervisor.hop_fd < 0)
        return false; /* the worker is being started again */
    if (request->execute && self->debugging.answers)
        return false; /* its breakpoints are not there yet */
    shell_pop(self, shell);
    publish_status(self, request, "busy");
    checkpoints_cell_begins(self, request);
    shell->running = request;
    limits_cell_begins(self, request);
    confine_cell_changed(self);
    if (!link_send_request(self, request))
        supervisor_lost(self);
    return true;
}

void shells_advance(struct front *self)
{
    bool moved = true;

    while (moved) {
        moved = false;
        for (int i = 0; i < SHELLS_MAX; i++)
            if (self->shells[i].open || self->shells[i].first)
                moved |= shell_advance(self, &self->shells[i]);
    }
    output_watch(self);
    front_watch_shell(self);
}

void shell_abort_queued(struct front *self, struct shell *shell)
{
    /* Still running: nothing that is read now can start. */
    front_read(self, CHANNEL_SHELL, PENDING_MOST);
    for (struct request *request = shell->first; request; request = request->next)
        if (request->execute)
            request->aborted = true;
}

static void shell_let_go(struct shell *shell, struct request *request)
{
    struct request **at = &shell->aside;

    if (request == shell->running) {
        shell->running = NULL;
        shell->awaits = false;
        return;
    }
    while (*at && *at != request)
        at = &(*at)->next;
    if (*at)
        *at = request->next;
}

void shell_awaits(struct front *self, uint64_t request)
{
    for (int i = 0; i < SHELLS_MAX; i++)
        if (self->shells[i].running && self->shells[i].running->number == request)
            self->shells[i].awaits = true;
    shells_advance(self);
}

void shell_finish(struct front *self, struct shell *shell, struct request *request)
{
    struct wire_part header = front_parent(self, request->number);

    input_cancel(self, request->number);
    permits_request_ended(self, request->number);
    front_remember_parent(self, request->number, header.data, header.size);
    publish_status(self, request, "idle");
    if (request->store_history) {
        const json_t *code = json_object_get(request->message->content, "code");
        history_add(self->history, request->execution_count,
                    (struct history_text){json_string_value(code), json_string_length(code)},
                    (struct history_text){request->output, request->output_size});
    }
    shell_let_go(shell, request);
    limits_cell_ended(self, request);
    confine_cell_changed(self);
    checkpoints_cell_ended(self, request);
    request_destroy(&request);
}

/* ---- subshells ---- */

int shell_find(const struct front *self, const char *id)
{
    for (int i = 0; i < (int)HOP_SHELL_DEBUG; i++)
        if (self->shells[i].open && strcmp(self->shells[i].id, id) == 0)
            return i;
    return -1;
}

int shell_create(struct front *self)
{
    for (int i = 1; i < (int)HOP_SHELL_DEBUG; i++) {
        struct shell *shell = &self->shells[i];
        if (shell->open || shell->running || shell->first)
            continue;
        zuuid_t *uuid = zuuid_new();
        if (!uuid)
            return -1;
        snprintf(shell->id, sizeof shell->id, "%s", zuuid_str_canonical(uuid));
        zuuid_destroy(&uuid);
        shell->open = true;
        link_send(self, HOP_SHELL_OPEN, 0, i, 0, shell->id);
        return i;
    }
    return -1;
}

bool shell_delete(struct front *self, int index)
{
    struct shell *shell = &self->shells[index];

    if (!shell->open)
        return false;
    shell->open = false;
    while (shell->first)
        answer_aborted(self, shell_pop(self, shell));
    return link_send(self, HOP_SHELL_CLOSE, 0, index, 0, NULL) || true;
}

bool front_is_busy(const struct front *self)
{
    for (int i = 0; i < SHELLS_MAX; i++)
        if (self->shells[i].running)
            return true;
    return false;
}

/* ---- the worker died ---- */

void shell_fail(struct front *self, struct shell *shell, struct request *request, const char *ename,
                const char *evalue, const char *stack)
{
    char line[1024];

    snprintf(line, sizeof line, "\x1b[31m%s\x1b[39m: %s", ename, evalue);
    if (request->execute && !request->silent)
        publish_json(self, request->number, "error",
                     json_pack("{s:s, s:s, s:[s*, s]}", "ename", ename, "evalue", evalue,
                               "traceback", *stack ? stack : NULL, line));
    if (request->execute && request->stop_on_error)
        shell_abort_queued(self, shell);
    reply_error(self, request, ename, "%s", evalue);
    shell_finish(self, shell, request);
}

void shells_fail(struct front *self, const char *ename, const char *evalue, const char *stack)
{
    for (int i = 0; i < SHELLS_MAX; i++) {
        struct shell *shell = &self->shells[i];
        while (shell->aside)
            shell_fail(self, shell, shell->aside, ename, evalue, stack);
        if (shell->running)
            shell_fail(self, shell, shell->running, ename, evalue, stack);
    }
}

void shells_clear(struct front *self)
{
    for (int i = 0; i < SHELLS_MAX; i++) {
        struct shell *shell = &self->shells[i];
        while (shell->first) {
            struct request *request = shell_pop(self, shell);
            request_destroy(&request);
        }
        while (shell->aside) {
            struct request *request = shell->aside;
            shell->aside = request->next;
            request_destroy(&request);
        }
        request_destroy(&shell->running);
    }
}
