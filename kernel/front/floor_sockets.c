/* floor_sockets: see the header. */
#include "kernel/front/floor_sockets.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/platform.h"

enum { LISTENS = 0x0A };

/* A line of /proc/net/tcp, tcp6, udp or udp6. */
struct row {
    unsigned words[2][4]; /* addresses, here and there, as the machine has them in memory */
    unsigned ports[2], state;
    unsigned long inode;
    bool six;
};

/* "0100007F:1F90", or four words of an address of IPv6. */
static bool read_address(const char *text, struct row *row, int end)
{
    const char *colon = strchr(text, ':');
    size_t words = colon ? (size_t)(colon - text) / 8 : 0;
    char word[9] = "";

    if (words != 1 && words != 4)
        return false;
    row->six = words == 4;
    for (size_t i = 0; i < words; i++) {
        memcpy(word, text + i * 8, 8);
        row->words[end][i] = (unsigned)strtoul(word, NULL, 16);
    }
    row->ports[end] = (unsigned)strtoul(colon + 1, NULL, 16);
    return true;
}

static bool read_row(const char *line, struct row *row)
{
    char here[64], there[64];

    *row = (struct row){.state = 0};
    return sscanf(line, " %*d: %63s %63s %x %*s %*s %*s %*u %*u %lu", here, there, &row->state,
                  &row->inode) == 4 &&
           read_address(here, row, 0) && read_address(there, row, 1);
}

/* The first row of the table that is it; false: none. */
static bool find_row(pid_t process, const char *table, unsigned long inode, int port,
                     struct row *found)
{
    char name[64], line[512];
    bool is_it = false;

    snprintf(name, sizeof name, "/proc/%d/net/%s", process, table);
    FILE *file = fopen(name, "re");
    while (file && !is_it && fgets(line, sizeof line, file))
        is_it = read_row(line, found) && (inode ? found->inode == inode
                                                : found->ports[0] == (unsigned)port &&
                                                      (*table == 'u' || found->state == LISTENS));
    if (file)
        fclose(file);
    return is_it;
}

/* The number of the socket that a descriptor leads to; 0: it is none. */
static unsigned long inode_of(const char *link)
{
    char text[64];
    unsigned long inode = 0;

    return platform_read_link(link, text, sizeof text) && sscanf(text, "socket:[%lu]", &inode) == 1
               ? inode
               : 0;
}

bool floor_sockets_peer(pid_t process, int number, struct sockaddr_storage *peer)
{
    char link[64];
    struct row row;

    snprintf(link, sizeof link, "/proc/%d/fd/%d", process, number);
    unsigned long inode = inode_of(link);
    if (!inode ||
        (!find_row(process, "tcp", inode, 0, &row) && !find_row(process, "tcp6", inode, 0, &row)))
        return false;
    memset(peer, 0, sizeof *peer);
    if (row.six) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)peer;
        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons((uint16_t)row.ports[1]);
        memcpy(&in6->sin6_addr, row.words[1], sizeof in6->sin6_addr);
    } else {
        struct sockaddr_in *in = (struct sockaddr_in *)peer;
        in->sin_family = AF_INET;
        in->sin_port = htons((uint16_t)row.ports[1]);
        in->sin_addr.s_addr = row.words[1][0];
    }
    return row.ports[1] != 0;
}

bool floor_sockets_has_port(pid_t process, int port)
{
    static const char *const tables[] = {"tcp", "tcp6", "udp", "udp6"};
    char folder[64], link[320];
    struct row row;
    bool has = false;

    for (size_t i = 0; !has && i < sizeof tables / sizeof *tables; i++) {
        if (!find_row(process, tables[i], 0, port, &row))
            continue;
        snprintf(folder, sizeof folder, "/proc/%d/fd", process);
        DIR *open = opendir(folder);
        for (const struct dirent *entry; open && !has && (entry = readdir(open));) {
            snprintf(link, sizeof link, "%s/%s", folder, entry->d_name);
            has = inode_of(link) == row.inode;
        }
        if (open)
            closedir(open);
    }
    return has;
}
