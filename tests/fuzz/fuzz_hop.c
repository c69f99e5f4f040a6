/* Frames from a worker that a cell has taken over: hop_receive must take or refuse any bytes. */
#include <assert.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/hop/hop.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hop_frame frame;
    int ends[2];

    if (size > 65536 || socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0)
        return 0;
    ssize_t sent = send(ends[1], data, size, MSG_DONTWAIT);
    close(ends[1]);
    while (sent >= 0 && hop_receive(ends[0], &frame)) {
        size_t total = 0;
        assert(frame.head.parts <= HOP_PARTS_MAX);
        for (uint32_t i = 0; i < frame.head.parts; i++) {
            const unsigned char *bytes = frame.parts[i].data;
            for (size_t k = 0; k < frame.parts[i].size; k++)
                total += bytes[k]; /* every byte can be read */
        }
        (void)total;
        hop_frame_clear(&frame);
    }
    close(ends[0]);
    return 0;
}
