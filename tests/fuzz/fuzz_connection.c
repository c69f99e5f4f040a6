/* The connection file: any bytes are taken with every field in bounds, or refused with a reason. */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "kernel/wire/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct connection connection;
    char path[64], error[512] = "", endpoint[4096];
    int fd = memfd_create("connection", 0);

    if (fd < 0 || write(fd, data, size) != (ssize_t)size) {
        close(fd);
        return 0;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (connection_load(&connection, path, error, sizeof error)) {
        assert(connection.key_size <= sizeof connection.key);
        for (int i = 0; i < CHANNEL_COUNT; i++) {
            assert(connection.ports[i] >= 0);
            connection_endpoint(&connection, (enum channel)i, endpoint, sizeof endpoint);
            assert(memchr(endpoint, 0, sizeof endpoint));
        }
    } else {
        assert(memchr(error, 0, sizeof error) && error[0]);
    }
    close(fd);
    return 0;
}
