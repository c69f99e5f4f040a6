/* floor_ipc: what processes share without a file: System V's shared memory, semaphores and queues,
 * and POSIX's queues. No destination could name such a thing, and it stays when who made it has
 * ended. What this session makes is made here and noted: it is the session's to use, and is taken
 * away with it. What other programs made is not changed, and nothing is taken out of it. */
#include "kernel/front/floor_call.h"

#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { OBJECTS_FIRST = 32, OBJECTS_MOST = 32768 };
enum ipc_kind { IPC_MEMORY, IPC_SEMAPHORES, IPC_QUEUE, IPC_NAMED_QUEUE };

#define ONE(command) (1u << (command))
/* System V's, which have numbers. `changes`: the commands that do. */
static const struct ipc_calls {
    const char *name;
    long get, control;
    unsigned changes;
} calls[] = {
    [IPC_MEMORY] = {"shared memory", SYS_shmget, SYS_shmctl,
                    ONE(IPC_RMID) | ONE(IPC_SET) | ONE(SHM_LOCK) | ONE(SHM_UNLOCK)},
    [IPC_SEMAPHORES] = {"semaphores", SYS_semget, SYS_semctl,
                        ONE(IPC_RMID) | ONE(IPC_SET) | ONE(SETVAL) | ONE(SETALL)},
    [IPC_QUEUE] = {"queue", SYS_msgget, SYS_msgctl, ONE(IPC_RMID) | ONE(IPC_SET)},
};
/* How each is used, by its number in the first argument. `command`: the argument that says what is
 * done; 0: the call itself does it. */
static const struct ipc_use {
    long number;
    enum ipc_kind kind;
    unsigned command;
} uses[] = {
    {SYS_shmat, IPC_MEMORY, 0},      {SYS_shmctl, IPC_MEMORY, 1},
    {SYS_semop, IPC_SEMAPHORES, 0},  {SYS_semtimedop, IPC_SEMAPHORES, 0},
    {SYS_semctl, IPC_SEMAPHORES, 2}, {SYS_msgsnd, IPC_QUEUE, 0},
    {SYS_msgrcv, IPC_QUEUE, 0},      {SYS_msgctl, IPC_QUEUE, 1},
};

struct ipc_object {
    enum ipc_kind kind;
    unsigned long id; /* of a named queue the inode */
    char *name;       /* owned; of a named queue */
};

struct floor_ipc {
    pthread_mutex_t lock;
    struct ipc_object *objects; /* owned */
    size_t count, room;
};

struct floor_ipc *floor_ipc_new(void)
{
    struct floor_ipc *self = calloc(1, sizeof *self);

    if (self)
        pthread_mutex_init(&self->lock, NULL);
    return self;
}

/* ---- the objects ---- */

static long control(enum ipc_kind kind, unsigned long id, int command)
{
    char status[512] __attribute__((aligned(16)));

    return kind == IPC_SEMAPHORES ? syscall(SYS_semctl, (int)id, 0, command, status)
                                  : syscall(calls[kind].control, (int)id, command, status);
}

static unsigned long inode_of(int fd)
{
    struct stat status;

    return fd >= 0 && fstat(fd, &status) == 0 ? status.st_ino : 0;
}

static int open_queue(const char *name, int flags, mode_t mode, void *attributes)
{
    return (int)syscall(SYS_mq_open, name, flags, mode, attributes);
}

static bool is_there(const struct ipc_object *object)
{
    if (object->kind != IPC_NAMED_QUEUE)
        return control(object->kind, object->id, IPC_STAT) >= 0 || errno == EACCES;
    int fd = open_queue(object->name, O_RDONLY | O_NONBLOCK, 0, NULL);
    bool there = inode_of(fd) == object->id;
    if (fd >= 0)
        close(fd);
    return there;
}

/* Those that are gone make room; else there is more of it. With the lock. */
static bool has_room(struct floor_ipc *self)
{
    size_t kept = 0;

    if (self->count < self->room)
        return true;
    for (size_t i = 0; i < self->count; i++)
        if (is_there(&self->objects[i]))
            self->objects[kept++] = self->objects[i];
        else
            free(self->objects[i].name);
    self->count = kept;
    if (2 * kept < self->room)
        return true;
    size_t room = self->room ? 2 * self->room : OBJECTS_FIRST;
    struct ipc_object *objects =
        room <= OBJECTS_MOST ? realloc(self->objects, room * sizeof *objects) : NULL;
    if (objects) {
        self->objects = objects;
        self->room = room;
    }
    return kept < self->room;
}

/* False: it was made and cannot be kept in mind. */
static bool note(struct floor_ipc *self, enum ipc_kind kind, unsigned long id, const char *name)
{
    char *copy = name ? strdup(name) : NULL;
    bool noted = false;

    if (self && (copy || !name)) {
        pthread_mutex_lock(&self->lock);
        if ((noted = has_room(self)))
            self->objects[self->count++] = (struct ipc_object){kind, id, copy};
        pthread_mutex_unlock(&self->lock);
    }
    if (!noted)
        free(copy);
    return noted;
}

static bool is_own(struct floor_ipc *self, enum ipc_kind kind, unsigned long id, const char *name)
{
    bool own = false;

    if (!self)
        return false;
    pthread_mutex_lock(&self->lock);
    for (size_t i = self->count; !own && i-- > 0;)
        own = self->objects[i].kind == kind && self->objects[i].id == id &&
              (!name || strcmp(self->objects[i].name, name) == 0);
    pthread_mutex_unlock(&self->lock);
    return own;
}

void floor_ipc_end(struct floor_ipc *self)
{
    if (!self)
        return;
    pthread_mutex_lock(&self->lock);
    for (size_t i = 0; i < self->count; i++) {
        struct ipc_object *object = &self->objects[i];
        if (object->kind != IPC_NAMED_QUEUE)
            control(object->kind, object->id, IPC_RMID);
        else if (is_there(object))
            syscall(SYS_mq_unlink, object->name);
        free(object->name);
    }
    free(self->objects);
    self->objects = NULL;
    self->count = self->room = 0;
    pthread_mutex_unlock(&self->lock);
}

void floor_ipc_destroy(struct floor_ipc **self)
{
    if (!*self)
        return;
    floor_ipc_end(*self);
    pthread_mutex_destroy(&(*self)->lock);
    free(*self);
    *self = NULL;
}

static long refuse(struct floor_call *call, const char *name)
{
    call->kind = FLOOR_PROCESS;
    snprintf(call->path, sizeof call->path, "%s", name);
    return floor_refuse(call, "another program made it");
}

/* ---- System V's ---- */

static long get(const struct floor_call *call, enum ipc_kind kind, int flags)
{
    const __u64 *args = call->notif.data.args;

    return kind == IPC_QUEUE ? syscall(SYS_msgget, (key_t)args[0], flags)
                             : syscall(calls[kind].get, (key_t)args[0], args[1], flags);
}

/* Made by the front, so that it knows what is new; what is there has a number, which says nothing
 * of what may be done to it. */
long floor_do_ipc_get(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    enum ipc_kind kind = IPC_MEMORY;

    while (calls[kind].get != call->notif.data.nr)
        kind++;
    int flags = (int)args[kind == IPC_QUEUE ? 1 : 2];
    bool makes = (key_t)args[0] == IPC_PRIVATE || flags & IPC_CREAT;
    long id = makes ? get(call, kind, flags | IPC_EXCL) : -1;
    if (id >= 0 && !note(floor_shared_ipc(call), kind, (unsigned long)id, NULL)) {
        control(kind, (unsigned long)id, IPC_RMID);
        return -ENOSPC;
    }
    if (id < 0 && (!makes || (errno == EEXIST && !(flags & IPC_EXCL))))
        id = get(call, kind, flags & ~IPC_CREAT);
    if (id < 0)
        return -errno;
    floor_reply(call, id, 0, 0);
    return FLOOR_ANSWERED;
}

/* The number of what is used lies in a register. */
long floor_do_ipc_use(struct floor_call *call)
{
    const __u64 *args = call->notif.data.args;
    const struct ipc_use *use = uses;
    char name[64];

    while (use->number != call->notif.data.nr)
        use++;
    unsigned command = (unsigned)args[use->command];
    if (use->command && (command > 31 || !(calls[use->kind].changes & ONE(command))))
        return FLOOR_CONTINUE;
    unsigned long id = (unsigned)args[0];
    if (is_own(floor_shared_ipc(call), use->kind, id, NULL))
        return FLOOR_CONTINUE;
    if (control(use->kind, id, IPC_STAT) < 0 && errno != EACCES)
        return -errno;
    snprintf(name, sizeof name, "%s %lu", calls[use->kind].name, id);
    return refuse(call, name);
}

/* ---- POSIX's queues ---- */

static long refuse_queue(struct floor_call *call, const char *name)
{
    char shown[NAME_MAX + 16];

    snprintf(shown, sizeof shown, "queue /%.*s", NAME_MAX, name);
    return refuse(call, shown);
}

/* One that was not there. -1: it was, or errno tells. */
static int make_queue(struct floor_call *call, const char *name)
{
    const __u64 *args = call->notif.data.args;
    long attributes[8]; /* struct mq_attr, as the system has it */
    int wrong = args[3] ? floor_read_bytes(call, args[3], attributes, sizeof attributes) : 0;

    if (wrong || !floor_call_alive(call)) {
        errno = wrong ? -wrong : EINTR;
        return -1;
    }
    floor_take_umask(call);
    int fd = open_queue(name, (int)args[1] | O_EXCL, (mode_t)args[2], args[3] ? attributes : NULL);
    if (fd < 0 || note(floor_shared_ipc(call), IPC_NAMED_QUEUE, inode_of(fd), name))
        return fd;
    syscall(SYS_mq_unlink, name);
    close(fd);
    errno = ENOSPC;
    return -1;
}

long floor_do_mq_open(struct floor_call *call)
{
    int flags = (int)call->notif.data.args[1], fd = -1;
    bool makes = flags & O_CREAT;
    char name[PATH_MAX];
    long wrong = floor_read_text(call, call->notif.data.args[0], name);

    if (wrong)
        return wrong;
    if (makes)
        fd = make_queue(call, name);
    if (fd >= 0)
        return floor_inject(call, fd, true);
    if (makes && (errno != EEXIST || flags & O_EXCL))
        return -errno;
    if ((fd = open_queue(name, flags & ~O_CREAT, 0, NULL)) < 0)
        return -errno;
    if (is_own(floor_shared_ipc(call), IPC_NAMED_QUEUE, inode_of(fd), name))
        return floor_inject(call, fd, true);
    close(fd);
    return refuse_queue(call, name);
}

long floor_do_mq_unlink(struct floor_call *call)
{
    char name[PATH_MAX];
    long wrong = floor_read_text(call, call->notif.data.args[0], name);

    if (wrong)
        return wrong;
    int fd = open_queue(name, O_RDONLY | O_NONBLOCK, 0, NULL);
    if (fd < 0 && errno != EACCES)
        return -errno;
    bool own = is_own(floor_shared_ipc(call), IPC_NAMED_QUEUE, inode_of(fd), name);
    if (fd >= 0)
        close(fd);
    return own ? floor_result(syscall(SYS_mq_unlink, name)) : refuse_queue(call, name);
}
