/* limits: how much cells may use, held from outside. What is in use is looked at while a cell runs;
 * who uses more is interrupted, and ended with its process when it goes on. A session that is above
 * a limit already - the cell that took the memory is over, the limit was lowered - may go on with
 * what it has, so that it can give it back, and may not grow. */
#include "kernel/front/limits_state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/json_text.h"
#include "base/log.h"
#include "kernel/front/checkpoints.h"

enum {
    LOOK_MS = 50,               /* while a cell runs */
    LOOK_IDLE_MS = 500,         /* while none does: its threads and children may */
    GRACE_MS = 2000,            /* from the interrupt to the end */
    WARN_PERCENT = 80,          /* of the memory */
    FORKS_AT_ONCE = 16,         /* so many processes more than twice as many are ended at once */
    DISK_LOOK_BYTES = 64 << 10, /* of output, before the disk is asked what it has left */
};
#define OUTPUT_MOST (1LL << 30) /* of one cell, unless it is said otherwise */

/* So much a session may grow by that was above a limit when the cell began. */
static const int64_t slack[LIMIT_COUNT] = {[LIMIT_MEMORY] = 32 << 20, [LIMIT_FILES] = 1 << 20};

/* ---- what is in use ---- */

bool limits_is_set(const struct limits *self, enum limit_kind kind)
{
    return self->most[kind] != LIMIT_NONE;
}

/* What a session shares, whichever cell uses it. */
static bool looks_at_processes(const struct limits *self)
{
    return limits_is_set(self, LIMIT_MEMORY) || limits_is_set(self, LIMIT_FILES) ||
           limits_is_set(self, LIMIT_PROCESSES);
}

static bool is_left_out(void *context, pid_t pid)
{
    return checkpoints_have(context, pid);
}

/* Files of ours that every worker has open: they are nobody's. */
static int64_t unnamed_files(const struct front *front)
{
    const struct supervisor *supervisor = &front->supervisor;
    int fds[] = {supervisor->crash_fd, supervisor->ring ? ring_fd(supervisor->ring) : -1};
    ino_t known[2];
    struct stat status;
    size_t count = 0;

    for (size_t i = 0; i < 2; i++)
        if (fds[i] >= 0 && fstat(fds[i], &status) == 0)
            known[count++] = status.st_ino;
    return process_tree_unnamed(&front->limits->tree, known, count);
}

void limits_look(struct front *front, bool all)
{
    struct limits *self = front->limits;

    process_tree_read(&self->tree, front->supervisor.pid, is_left_out, front);
    self->used[LIMIT_PROCESSES] = self->tree.count ? (int64_t)self->tree.count - 1 : 0;
    if (all || limits_is_set(self, LIMIT_MEMORY))
        self->used[LIMIT_MEMORY] = process_tree_memory(
            &self->tree, limits_is_set(self, LIMIT_MEMORY) ? self->most[LIMIT_MEMORY] / 2 : 0);
    if (self->used[LIMIT_MEMORY] < self->at_start[LIMIT_MEMORY]) /* what it gave back is not its */
        self->at_start[LIMIT_MEMORY] = self->used[LIMIT_MEMORY];
    if (all || limits_is_set(self, LIMIT_FILES))
        self->used[LIMIT_FILES] = floor_written(front->floor) + unnamed_files(front);
}

int64_t limits_ran_us(const struct request *request)
{
    return checkpoints_clock_us() - request->began_us - request->waited_us;
}

/* ---- what is told ---- */

/* Is it the disk that holds no more? */
static bool is_disks(const struct limits *self, enum limit_kind kind)
{
    return kind == LIMIT_OUTPUT && self->disk_output < self->most[kind] &&
           self->most[kind] <= OUTPUT_MOST;
}

/* Behind `text`: what permits more. Twice as much, but at least what was in use. */
static void add_remedy(const struct limits *self, enum limit_kind kind, char *text, size_t size)
{
    int64_t held = is_disks(self, kind) ? OUTPUT_MOST : self->most[kind];
    int64_t most = held ? held : 1, more = most;
    char word[LIMIT_TEXT];

    while (more < LIMIT_NONE / 4 && (more == most || more < self->used[kind]))
        more *= 2;
    limit_write(kind, more, false, word);
    size_t at = strlen(text);
    snprintf(text + at, size - at, "; %%limits %s=%s permits more", limit_name(kind), word);
}

static void describe(const struct limits *self, enum limit_kind kind, bool cell, char *out,
                     size_t size)
{
    static const char *const what[LIMIT_COUNT] = {
        [LIMIT_TIME] = "has run for %s",
        [LIMIT_MEMORY] = "and its processes hold %s of memory",
        [LIMIT_OUTPUT] = "has made %s of output, of which the rest is not shown",
        [LIMIT_FILES] = "and those before it have written files of %s",
        [LIMIT_PROCESSES] = "and those before it have %s processes running",
    };
    char most[LIMIT_TEXT], used[LIMIT_TEXT], said[120];

    bool by_disk = is_disks(self, kind);
    limit_write(kind, by_disk ? self->disk_output : self->most[kind], by_disk, most);
    limit_write(kind, self->used[kind], true, used);
    snprintf(said, sizeof said, what[kind], used);
    snprintf(out, size, "the limit %s=%s%s: %s %s", limit_name(kind), most,
             by_disk ? ", half of what the disk has left" : "",
             cell ? "the cell" : "what the last cell left running", said);
}

static void say(struct front *front, uint64_t request, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void say(struct front *front, uint64_t request, const char *format, ...)
{
    char text[600];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    output_flush(front);
    publish_json(front, request, "stream", json_pack("{s:s, s:s}", "name", "stderr", "text", text));
}

/* ---- who uses more ---- */

/* One cell: an interrupt of its own where it is a subshell's. */
static void interrupt(struct front *front, uint64_t request)
{
    for (int i = 1; i < SHELLS_MAX; i++)
        if (request && front->shells[i].running && front->shells[i].running->number == request) {
            link_send(front, HOP_INTERRUPT, request, i, 0, NULL);
            return;
        }
    supervisor_interrupt(front);
}

static void note_hit(struct front *front, enum limit_kind kind, uint64_t request)
{
    struct limits *self = front->limits;
    struct hit *hit = &self->hit;

    *hit =
        (struct hit){.on = true, .kind = kind, .request = request, .at_us = checkpoints_clock_us()};
    describe(self, kind, request != 0, hit->text, sizeof hit->text);
    log_warning("%s", hit->text);
    audit_add(front, json_pack("{s:s, s:s, s:s}", "kind", "limit", "callable", limit_name(kind),
                               "reason", hit->text));
    add_remedy(self, kind, hit->text, sizeof hit->text);
    if (kind == LIMIT_FILES)
        process_tree_freeze_files(&self->tree);
    if (kind == LIMIT_PROCESSES &&
        self->used[kind] > 2 * self->most[kind] + FORKS_AT_ONCE) /* they make more meanwhile */
        process_tree_kill(&self->tree, 1);
    if (!request)
        say(front, self->cell, "%s\n", hit->text);
    interrupt(front, request);
}

static void kill_all(struct front *front)
{
    struct limits *self = front->limits;

    self->hit.killed = true;
    supervisor_kill(front);
    process_tree_read(&self->tree, front->supervisor.pid, is_left_out, front);
    process_tree_kill(&self->tree, 0);
}

static void forget_hit(struct front *front)
{
    if (front->limits->hit.kind == LIMIT_FILES)
        process_tree_thaw_files(&front->limits->tree);
    front->limits->hit.on = false;
}

/* Above the limit, and above what was there when the cell began? */
static bool is_over(const struct limits *self, enum limit_kind kind)
{
    int64_t before = self->at_start[kind];

    return self->used[kind] > self->most[kind] &&
           (before <= self->most[kind] || self->used[kind] > before + slack[kind]);
}

/* Does what is too much stand in the way of the next thing that is? */
static bool is_hit(const struct limits *self)
{
    return self->hit.on && !self->hit.past;
}

static void follow_hit(struct front *front)
{
    struct limits *self = front->limits;
    struct hit *hit = &self->hit;
    int64_t since_ms = (checkpoints_clock_us() - hit->at_us) / 1000;
    bool shared =
        hit->kind == LIMIT_MEMORY || hit->kind == LIMIT_FILES || hit->kind == LIMIT_PROCESSES;

    if (hit->killed)
        return;
    bool over = !shared || is_over(self, hit->kind);
    if (over && (since_ms > GRACE_MS || (hit->kind == LIMIT_MEMORY && memory_is_short())))
        kill_all(front);
    else if (since_ms > GRACE_MS && front_running(front, hit->request))
        hit->past = true; /* it gave back what was too much; its error may yet come */
    else if (since_ms > GRACE_MS)
        forget_hit(front);
}

uint64_t limits_running_cell(const struct front *front)
{
    for (int i = 0; i < SHELLS_MAX; i++)
        if (front->shells[i].running && front->shells[i].running->execute)
            return front->shells[i].running->number;
    return 0;
}

static void warn_of_memory(struct front *front)
{
    struct limits *self = front->limits;
    char most[LIMIT_TEXT], used[LIMIT_TEXT];

    if (self->warned || !limits_is_set(self, LIMIT_MEMORY) || self->used[LIMIT_MEMORY] <= 0 ||
        self->used[LIMIT_MEMORY] / WARN_PERCENT < self->most[LIMIT_MEMORY] / 100)
        return;
    self->warned = true;
    limit_write(LIMIT_MEMORY, self->most[LIMIT_MEMORY], false, most);
    limit_write(LIMIT_MEMORY, self->used[LIMIT_MEMORY], true, used);
    say(front, limits_running_cell(front), "Memory: %s in use, the limit is %s (%%limits).\n", used,
        most);
}

/* How long each cell has run. An answer that a person takes time for is not the cell's. */
static void judge_time(struct front *front)
{
    struct limits *self = front->limits;
    int64_t now = checkpoints_clock_us(), since = now - self->looked_us;

    self->looked_us = now;
    for (int i = 0; i < SHELLS_MAX && !is_hit(self); i++) {
        struct request *request = front->shells[i].running;
        if (!request || !request->execute || !front->supervisor.ready)
            continue;
        if (front->input.request == request->number)
            request->waited_us += since;
        self->used[LIMIT_TIME] = limits_ran_us(request) / 1000;
        if (self->used[LIMIT_TIME] > self->most[LIMIT_TIME])
            note_hit(front, LIMIT_TIME, request->number);
    }
}

/* Where it matters, what was freed and lies in the heap is asked back. A cell that begins comes
 * behind it: what it had at its start is known when the answer is there. */
static void ask_to_trim(struct front *front)
{
    struct limits *self = front->limits;

    if (limits_is_set(self, LIMIT_MEMORY) && self->used[LIMIT_MEMORY] > self->most[LIMIT_MEMORY])
        link_send(front, HOP_TRIM, 0, 0, 0, NULL);
}

/* What is just made or just ending is counted for a moment, and what was freed may lie in the heap
 * until the worker is asked for it: it is too much when it is twice in a row. */
static bool stays_over(struct limits *self, enum limit_kind kind)
{
    bool before = self->over[kind];

    self->over[kind] = limits_is_set(self, kind) && is_over(self, kind);
    return before && self->over[kind];
}

static void judge_session(struct front *front)
{
    struct limits *self = front->limits;

    limits_look(front, false);
    if (is_over(self, LIMIT_MEMORY))
        ask_to_trim(front);
    if (is_hit(self))
        return;
    if (stays_over(self, LIMIT_MEMORY))
        note_hit(front, LIMIT_MEMORY, limits_running_cell(front));
    else if (limits_is_set(self, LIMIT_FILES) && is_over(self, LIMIT_FILES))
        note_hit(front, LIMIT_FILES, limits_running_cell(front));
    else if (stays_over(self, LIMIT_PROCESSES))
        note_hit(front, LIMIT_PROCESSES, limits_running_cell(front));
    else if (limits_running_cell(front))
        warn_of_memory(front);
}

static void set_timer(struct front *front);

static int look_turn(zloop_t *loop, int timer, void *argument)
{
    struct front *front = argument;
    struct limits *self = front->limits;

    (void)loop, (void)timer;
    if (front->supervisor.pid && front->supervisor.ready) {
        if (limits_is_set(self, LIMIT_TIME))
            judge_time(front);
        if (looks_at_processes(self))
            judge_session(front);
        if (is_hit(self))
            follow_hit(front);
    }
    set_timer(front);
    return 0;
}

/* As often as is needed; not at all where nothing is limited. */
static void set_timer(struct front *front)
{
    struct limits *self = front->limits;
    bool busy = limits_running_cell(front) != 0;
    int wanted =
        is_hit(self) || (busy && (limits_is_set(self, LIMIT_TIME) || looks_at_processes(self)))
            ? LOOK_MS
        : looks_at_processes(self) ? LOOK_IDLE_MS
                                   : 0;

    if (wanted == self->timer_ms || !front->loop)
        return;
    if (self->timer_ms)
        zloop_timer_end(front->loop, self->timer);
    self->timer_ms = wanted;
    if (wanted)
        self->timer = zloop_timer(front->loop, (size_t)wanted, 0, look_turn, front);
}

/* ---- output ---- */

/* What is shown is kept in the notebook's file when it is saved, which is after the cell as a rule:
 * half of what its disk has left, at most, unless a person permitted more than anybody may. */
static int64_t output_most(struct limits *self, int64_t made)
{
    int64_t most = self->most[LIMIT_OUTPUT];
    struct statvfs disk;

    if (most > OUTPUT_MOST)
        return most;
    if (made >= DISK_LOOK_BYTES && !self->disk_looked) {
        self->disk_looked = true;
        if (statvfs(".", &disk) == 0)
            self->disk_output = (int64_t)(disk.f_bavail * disk.f_frsize / 2);
    }
    return self->disk_output < most ? self->disk_output : most;
}

size_t limits_output(struct front *front, uint64_t number, size_t bytes)
{
    struct limits *self = front->limits;
    struct request *request = self ? front_running(front, number) : NULL;

    if (!self || !front->loop)
        return bytes;
    int64_t *made = request ? &request->output_bytes : &self->late_output;
    int64_t before = *made, most = output_most(self, before + (int64_t)bytes);
    *made += (int64_t)bytes;
    if (*made <= most)
        return bytes;
    size_t shown = before < most ? (size_t)(most - before) : 0;
    self->used[LIMIT_OUTPUT] = *made;
    if (request && !is_hit(self)) {
        note_hit(front, LIMIT_OUTPUT, number);
        set_timer(front);
    } else if (!request && shown) {
        log_warning("threads of a cell that is over print more than the limit of output: it is "
                    "not shown until another cell runs");
    }
    return shown;
}

/* ---- cells ---- */

void limits_cell_begins(struct front *front, struct request *request)
{
    struct limits *self = front->limits;

    if (!self || !request->execute)
        return;
    self->cell = request->number;
    self->late_output = 0;
    self->disk_output = OUTPUT_MOST;
    self->disk_looked = false;
    self->warned = false;
    memset(self->over, 0, sizeof self->over);
    self->looked_us = checkpoints_clock_us();
    if (looks_at_processes(self)) {
        limits_look(front, false);
        memcpy(self->at_start, self->used, sizeof self->used);
        ask_to_trim(front);
    }
    set_timer(front);
}

void limits_trimmed(struct front *front)
{
    if (front->limits && looks_at_processes(front->limits))
        limits_look(front, false);
}

void limits_cell_ended(struct front *front, const struct request *request)
{
    struct limits *self = front->limits;

    if (!self || !request->execute)
        return;
    if (self->hit.on && self->hit.request == request->number)
        forget_hit(front);
    if (looks_at_processes(self) && front->supervisor.pid) {
        limits_look(front, false);
        memcpy(self->at_start, self->used, sizeof self->used);
    }
    set_timer(front);
}

/* "KeyboardInterrupt     Traceback (most recent call last)" is the heading of a traceback. */
static void rename_heading(json_t *traceback)
{
    static const char old[] = "KeyboardInterrupt", new[] = "LimitExceeded    ";
    size_t index;
    json_t *line;

    json_array_foreach(traceback, index, line)
    {
        const char *text = json_string_value(line), *at = text ? strstr(text, old) : NULL;
        if (!at || !strstr(at, "Traceback (most recent call last)"))
            continue;
        json_array_set_new(
            traceback, index,
            json_sprintf("%.*s%s%s", (int)(at - text), text, new, at + sizeof old - 1));
        return;
    }
}

char *limits_explain(struct front *front, uint64_t request, const char *content, size_t size)
{
    const struct limits *self = front->limits;

    if (!self || !self->hit.on || !request || self->hit.request != request)
        return NULL;
    json_t *error = json_text_read(content, size, NULL);
    const char *name = json_string_value(json_object_get(error, "ename"));
    json_t *traceback = json_object_get(error, "traceback");
    char line[sizeof self->hit.text + 64], *text = NULL;

    if (name && strcmp(name, "KeyboardInterrupt") == 0) {
        snprintf(line, sizeof line, "\x1b[31mLimitExceeded\x1b[39m: %s", self->hit.text);
        json_object_set_new(error, "ename", json_string("LimitExceeded"));
        json_object_set_new(error, "evalue", json_string(self->hit.text));
        rename_heading(traceback);
        if (json_array_size(traceback))
            json_array_set_new(traceback, json_array_size(traceback) - 1, json_string(line));
        text = json_dumps(error, JSON_COMPACT);
    }
    json_decref(error);
    return text;
}

void limits_tell(struct front *front, uint64_t request)
{
    const struct limits *self = front->limits;

    if (self && self->hit.on && request && self->hit.request == request)
        say(front, request, "Over %s.\n", self->hit.text);
}

void limits_worker_ended(struct front *front, char *out, size_t size)
{
    struct limits *self = front->limits;

    *out = 0;
    if (!self)
        return;
    if (self->hit.on && self->hit.killed)
        snprintf(out, size,
                 "%s; it did not stop within 2 s of the interrupt, so the Python "
                 "process was ended",
                 self->hit.text);
    if (self->hit.on)
        forget_hit(front);
    memset(self->at_start, 0, sizeof self->at_start);
}

/* ---- set ---- */

static void note_open(void *front, const char *path)
{
    floor_note_written(((struct front *)front)->floor, path);
}

/* What is open already was not seen when it was opened. */
static void watch_files(struct front *front, bool on)
{
    struct limits *self = front->limits;

    floor_watch_written(front->floor, on);
    if (on && !self->counts_files && front->supervisor.pid) {
        process_tree_read(&self->tree, front->supervisor.pid, is_left_out, front);
        process_tree_visit_open(&self->tree, note_open, front);
    }
    self->counts_files = on;
}

void limits_take_over(struct front *front)
{
    struct limits *self = front->limits;

    front->checkpoints_kept = (long)self->most[LIMIT_CHECKPOINTS];
    watch_files(front, limits_is_set(self, LIMIT_FILES));
    if (looks_at_processes(self) && front->supervisor.pid) {
        limits_look(front, false);
        memcpy(self->at_start, self->used, sizeof self->used);
    }
    set_timer(front);
}

/* ---- made ---- */

struct limits *limits_new(struct front *front, const char *given,
                          const int64_t settings[LIMIT_COUNT])
{
    struct limits *self = calloc(1, sizeof *self);
    char problem[160];

    if (!self)
        return NULL;
    for (int kind = 0; kind < LIMIT_COUNT; kind++)
        self->most[kind] = settings[kind] != LIMIT_UNSET ? settings[kind]
                           : kind == LIMIT_OUTPUT        ? OUTPUT_MOST
                           : kind == LIMIT_CHECKPOINTS   ? CHECKPOINTS_KEPT
                                                         : LIMIT_NONE;
    if (given && !limit_words_read(given, self->most, problem, sizeof problem))
        log_warning("%s", problem); /* main has looked already */
    if (limits_is_set(self, LIMIT_FILES) && floor_missing(front->floor))
        log_warning("files=: the floor is off, so nothing limits what is written");
    self->disk_output = OUTPUT_MOST;
    front->limits = self;
    limits_take_over(front);
    return self;
}

void limits_destroy(struct limits **self)
{
    if (*self)
        free((*self)->tree.frozen);
    free(*self);
    *self = NULL;
}
