/* For the tests of the supervisor: a worker without Python, that does to the front what the code of
 * a request says. With FAKE_WORKER_EXITS set it ends at once with that status. */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/hop/hop.h"

static int hop_fd, ring_descriptor, wake_fd;
static struct ring *ring;

static void send_frame(uint16_t type, uint64_t request, uint32_t count,
                       const struct hop_part *parts)
{
    struct hop_head head = {
        .type = type, .parts = count, .request = request, .ring_position = ring_position(ring)};

    if (!hop_send(hop_fd, &head, parts))
        _exit(1);
}

static void reply(uint64_t request)
{
    static const struct hop_part parts[] = {
        {"execute_reply", 13}, {"{\"status\":\"ok\"}", 15}, {"{}", 2}};

    send_frame(HOP_REPLY, request, 3, parts);
}

static void wait_for_ever(void)
{
    for (;;)
        pause();
}

static void end_with(uint64_t request, const char *rest)
{
    (void)request;
    _exit(atoi(rest));
}

static void end_by(uint64_t request, const char *rest)
{
    (void)request;
    raise(atoi(rest));
}

static void print_and_end(uint64_t request, const char *rest)
{
    ring_write(ring, RING_STDOUT, request, rest, strlen(rest));
    raise(SIGSEGV);
}

static void write_garbage(uint64_t request, const char *rest)
{
    (void)request;
    for (int i = 0; i < 100; i++)
        if (write(hop_fd, rest, strlen(rest)) < 0)
            break;
    wait_for_ever();
}

static void send_unknown(uint64_t request, const char *rest)
{
    send_frame((uint16_t)atoi(rest), request, 0, NULL);
    wait_for_ever();
}

static void send_half(uint64_t request, const char *rest)
{
    struct {
        struct hop_head head;
        uint32_t sizes[3];
    } half = {{.magic = HOP_MAGIC, .type = HOP_REPLY, .parts = 3, .request = request}, {9, 9, 9}};
    size_t size = (size_t)atoi(rest);

    if (size <= sizeof half && write(hop_fd, &half, size) > 0)
        _exit(4);
}

static void close_hop(uint64_t request, const char *rest)
{
    (void)request, (void)rest;
    close(hop_fd);
    wait_for_ever();
}

static void spoil_ring(uint64_t request, const char *rest)
{
    uint64_t *written = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, ring_descriptor, 0);

    *written = strtoull(rest, NULL, 0);
    reply(request);
    wait_for_ever();
}

/* Its child prints what it is, and stays. */
static void leave_child(uint64_t request, const char *rest)
{
    char text[32];
    pid_t child = fork();

    (void)rest;
    if (child == 0)
        wait_for_ever();
    snprintf(text, sizeof text, "%d", (int)child);
    ring_write(ring, RING_STDOUT, request, text, strlen(text));
    raise(SIGKILL);
}

static const struct {
    const char *word;
    void (*act)(uint64_t request, const char *rest);
} acts[] = {
    {"exit ", end_with},         {"signal ", end_by},        {"print ", print_and_end},
    {"garbage ", write_garbage}, {"unknown ", send_unknown}, {"half ", send_half},
    {"close", close_hop},        {"ring ", spoil_ring},      {"child", leave_child},
};

static void answer(const struct hop_frame *frame)
{
    static const char before[] = "\"code\":\"";
    const char *at = strstr(frame->parts[4].data, before);
    char code[256] = "";

    if (at)
        sscanf(at + strlen(before), "%255[^\"]", code);
    for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
        if (strncmp(code, acts[i].word, strlen(acts[i].word)) == 0)
            acts[i].act(frame->head.request, code + strlen(acts[i].word));
    reply(frame->head.request);
}

int main(int argc, char **argv)
{
    static const struct hop_part ready[] = {{"{}", 2}, {"fake", 4}};
    struct hop_frame frame;

    if (getenv("FAKE_WORKER_EXITS"))
        return atoi(getenv("FAKE_WORKER_EXITS"));
    if (argc < 7)
        return 2;
    for (int number = 1; number < NSIG; number++) /* a sanitizer has handlers of its own */
        signal(number, number == SIGPIPE ? SIG_IGN : SIG_DFL);
    hop_fd = atoi(argv[2]);
    wake_fd = atoi(argv[4]);
    ring_descriptor = atoi(argv[6]);
    ring = ring_attach(ring_descriptor);
    if (!ring)
        return 2;
    ring_set_wake(ring, wake_fd);
    send_frame(HOP_READY, 0, 2, ready);
    while (hop_receive(hop_fd, &frame)) {
        if (frame.head.type == HOP_REQUEST)
            answer(&frame);
        if (frame.head.type == HOP_SHUTDOWN)
            _exit(0);
        hop_frame_clear(&frame);
    }
    return 0;
}
