/* floor_hosts: which hosts may be reached. A host that a person named is looked up here, not where
 * cells could answer; what is never reached is so whatever else permits it, unless it was named. */
#include "kernel/front/floor_call.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <ifaddrs.h>
#include <jansson.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>

/* ---- addresses ---- */

/* IPv4 as IPv6 has it, so that two are compared in one way. False: another family. */
static bool as_ipv6(const struct sockaddr *address, struct in6_addr *out)
{
    if (address->sa_family == AF_INET6) {
        *out = ((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        return true;
    }
    if (address->sa_family != AF_INET)
        return false;
    memset(out, 0, sizeof *out);
    out->s6_addr[10] = out->s6_addr[11] = 0xff;
    memcpy(out->s6_addr + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    return true;
}

int floor_hosts_port(const struct sockaddr *address)
{
    return ntohs(address->sa_family == AF_INET6
                     ? ((const struct sockaddr_in6 *)(const void *)address)->sin6_port
                     : ((const struct sockaddr_in *)(const void *)address)->sin_port);
}

void floor_hosts_write(const struct sockaddr *address, char *out, size_t size)
{
    char text[INET6_ADDRSTRLEN] = "?";
    struct in6_addr ip;

    if (as_ipv6(address, &ip) && IN6_IS_ADDR_V4MAPPED(&ip))
        inet_ntop(AF_INET, ip.s6_addr + 12, text, sizeof text);
    else
        inet_ntop(AF_INET6, &ip, text, sizeof text);
    snprintf(out, size, strchr(text, ':') ? "[%s]:%d" : "%s:%d", text, floor_hosts_port(address));
}

static bool same_address(const struct sockaddr *one, const struct sockaddr *other)
{
    struct in6_addr left, right;

    return as_ipv6(one, &left) && as_ipv6(other, &right) && memcmp(&left, &right, 16) == 0;
}

bool floor_hosts_is_loopback(const struct sockaddr *address)
{
    struct in6_addr ip;

    return as_ipv6(address, &ip) &&
           (IN6_IS_ADDR_V4MAPPED(&ip) ? ip.s6_addr[12] == 127 : IN6_IS_ADDR_LOOPBACK(&ip));
}

/* "0.0.0.0", which leads to this machine as well. */
static bool is_unspecified(const struct sockaddr *address)
{
    struct in6_addr ip;

    return as_ipv6(address, &ip) &&
           (IN6_IS_ADDR_V4MAPPED(&ip) ? !memcmp(ip.s6_addr + 12, "\0\0\0", 4)
                                      : IN6_IS_ADDR_UNSPECIFIED(&ip));
}

static bool is_this_machine(const struct sockaddr *address)
{
    struct ifaddrs *all = NULL;
    bool found = floor_hosts_is_loopback(address) || is_unspecified(address);

    if (found || getifaddrs(&all))
        return found;
    for (const struct ifaddrs *at = all; at && !found; at = at->ifa_next)
        found = at->ifa_addr && same_address(at->ifa_addr, address);
    freeifaddrs(all);
    return found;
}

/* ---- names ---- */

/* Cut "host:port" and "[::1]:port" apart. The port, 0: it is none. */
static int cut(const char *text, char *host, size_t size)
{
    const char *colon = strrchr(text, ':');
    size_t length = colon ? (size_t)(colon - text) : 0;
    char *end;

    if (!length || length >= size || strchr(text, '/'))
        return 0;
    bool braces = text[0] == '[' && text[length - 1] == ']';
    snprintf(host, size, "%.*s", (int)length - 2 * braces, text + braces);
    long port = strtol(colon + 1, &end, 10);
    return *end || port < 1 || port > 65535 ? 0 : (int)port;
}

enum { NAMES_MOST = 64, ADDRESSES_MOST = 64, FRESH_S = 60 };
struct name {
    char text[256];
    struct sockaddr_storage addresses[ADDRESSES_MOST]; /* all that it was seen to mean lately */
    size_t count;
    time_t asked;
};
static pthread_mutex_t names_lock = PTHREAD_MUTEX_INITIALIZER;
static struct name names[NAMES_MOST];

static bool leads_to(const struct name *name, const struct sockaddr *address)
{
    for (size_t i = 0; i < name->count; i++)
        if (same_address((const struct sockaddr *)&name->addresses[i], address))
            return true;
    return false;
}

/* A server farm gives other addresses each time: they are gathered while they are fresh. */
static void look_up(struct name *name)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    time_t now = time(NULL);

    if (now - name->asked > FRESH_S)
        name->count = 0;
    name->asked = now;
    if (getaddrinfo(name->text, NULL, &hints, &found))
        return;
    for (const struct addrinfo *at = found; at && name->count < ADDRESSES_MOST; at = at->ai_next)
        if (at->ai_addrlen <= sizeof *name->addresses && !leads_to(name, at->ai_addr))
            memcpy(&name->addresses[name->count++], at->ai_addr, at->ai_addrlen);
    freeaddrinfo(found);
}

static bool name_means(const char *text, const struct sockaddr *address)
{
    size_t at = 0;
    struct name *name, one = {0};

    pthread_mutex_lock(&names_lock);
    while (at < NAMES_MOST - 1 && names[at].text[0] && strcmp(names[at].text, text) != 0)
        at++;
    if (strcmp(names[at].text, text) == 0)
        one = names[at];
    pthread_mutex_unlock(&names_lock);
    snprintf(one.text, sizeof one.text, "%s", text);
    if (time(NULL) - one.asked > FRESH_S || !leads_to(&one, address))
        look_up(&one); /* the lock is not held: it may take long */
    pthread_mutex_lock(&names_lock);
    name = &names[at];
    *name = one;
    pthread_mutex_unlock(&names_lock);
    return leads_to(&one, address);
}

/* Is it that very address, written out? -1: it is a name. */
static int is_address(const char *host, const struct sockaddr *address)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};

    if (inet_pton(AF_INET, host, &four.sin_addr) == 1)
        return same_address((struct sockaddr *)&four, address);
    if (inet_pton(AF_INET6, host, &six.sin6_addr) == 1)
        return same_address((struct sockaddr *)&six, address);
    return -1;
}

static bool host_means(const char *host, const struct sockaddr *address)
{
    int is_it = is_address(host, address);

    return is_it < 0 ? name_means(host, address) : is_it;
}

/* Not by a name, which others can make mean anything. */
static bool host_says(const char *host, const struct sockaddr *address)
{
    return is_address(host, address) > 0 ||
           (strcasecmp(host, "localhost") == 0 && floor_hosts_is_loopback(address));
}

/* ---- what a person named ---- */

static bool is_listed(const struct floor_rules *rules, const struct sockaddr *address,
                      bool (*fits)(const char *, const struct sockaddr *))
{
    char host[256];

    for (size_t i = 0; i < rules->host_count; i++) {
        int port = cut(rules->hosts[i], host, sizeof host);
        if (port && port == floor_hosts_port(address) && fits(host, address))
            return true;
    }
    return false;
}

bool floor_hosts_list(const struct floor_rules *rules, const struct sockaddr *address)
{
    return is_listed(rules, address, host_means);
}

/* A link on the way that cells may make, or may have made, leads nowhere: a person meant what was
 * there. */
static bool is_led_by_cells(const struct floor_rules *rules, const char *path)
{
    char part[PATH_MAX];
    struct stat status;

    for (const char *end = path; *end; end += *end == '/') {
        end = strchrnul(end, '/');
        snprintf(part, sizeof part, "%.*s", (int)(end - path), path);
        if (*part && lstat(part, &status) == 0 && S_ISLNK(status.st_mode) &&
            !floor_judge(rules, part, NULL, FLOOR_NAME))
            return true;
    }
    return false;
}

bool floor_hosts_list_path(const struct floor_rules *rules, const char *path)
{
    char real[PATH_MAX];

    for (size_t i = 0; i < rules->host_count; i++)
        if (strcmp(rules->hosts[i], path) == 0 ||
            (floor_resolve(rules->hosts[i], rules->home, NULL, real) && strcmp(real, path) == 0 &&
             !is_led_by_cells(rules, rules->hosts[i])))
            return true;
    return false;
}

bool floor_hosts_list_name(const struct floor_rules *rules, const char *name)
{
    char host[256];

    for (size_t i = 0; i < rules->host_count; i++)
        if (cut(rules->hosts[i], host, sizeof host) && strcasecmp(host, name) == 0)
            return true;
    return false;
}

/* ---- what is never reached ---- */

/* Where clouds tell a machine its keys. */
static bool is_metadata(const struct sockaddr *address)
{
    static const char *const places[] = {
        "169.254.169.254", "169.254.170.2",  "100.100.100.200", "168.63.129.16", "192.0.0.192",
        "fd00:ec2::254",   "169.254.170.23", "169.254.0.23",    "fd00:ec2::23",  "fd20:ce::254"};

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (host_means(places[i], address))
            return true;
    return false;
}

/* A server's or a kernel's own file says its ports. */
static bool file_has_port(const char *path, int port)
{
    static const char *const keys[] = {"port",       "shell_port", "iopub_port",
                                       "stdin_port", "hb_port",    "control_port"};
    json_t *content = json_load_file(path, 0, NULL);
    bool found = false;

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        found |= json_integer_value(json_object_get(content, keys[i])) == port;
    json_decref(content);
    return found;
}

static bool folder_has_port(const char *folder, int port)
{
    static const char *const starts[] = {"jpserver-", "nbserver-", "kernel-"};
    char path[PATH_MAX + NAME_MAX + 2];
    DIR *entries = folder[0] ? opendir(folder) : NULL;
    const struct dirent *entry;
    bool found = false;

    while (entries && !found && (entry = readdir(entries))) {
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        for (size_t i = 0; i < sizeof starts / sizeof *starts && !found; i++)
            found = strncmp(entry->d_name, starts[i], strlen(starts[i])) == 0 &&
                    strstr(entry->d_name, ".json") && file_has_port(path, port);
    }
    if (entries)
        closedir(entries);
    return found;
}

static bool is_jupyter(const struct floor_rules *rules, int port)
{
    const char *runtime = getenv("JUPYTER_RUNTIME_DIR"), *data = getenv("JUPYTER_DATA_DIR"),
               *share = getenv("XDG_DATA_HOME");
    char folder[PATH_MAX + 64];

    for (size_t i = 0; i < sizeof rules->kernel_ports / sizeof *rules->kernel_ports; i++)
        if (rules->kernel_ports[i] && rules->kernel_ports[i] == port)
            return true;
    if (runtime && *runtime)
        snprintf(folder, sizeof folder, "%s", runtime);
    else if (data && *data)
        snprintf(folder, sizeof folder, "%s/runtime", data);
    else if (share && *share)
        snprintf(folder, sizeof folder, "%s/jupyter/runtime", share);
    else
        snprintf(folder, sizeof folder, "%s/.local/share/jupyter/runtime", rules->home);
    return folder_has_port(folder, port) || folder_has_port(rules->runtime, port);
}

/* ---- judging ---- */

/* The servers that /etc/resolv.conf names answer what name means which address. */
static bool is_resolver(const struct sockaddr *address)
{
    char line[512], host[256];
    FILE *file = floor_hosts_port(address) == 53 ? fopen("/etc/resolv.conf", "re") : NULL;
    bool any = false, found = false;

    if (floor_hosts_port(address) != 53)
        return false;
    while (file && !found && fgets(line, sizeof line, file))
        if (sscanf(line, " nameserver %255[^ \t\n%%]", host) == 1) {
            any = true;
            found = host_means(host, address);
        }
    if (file)
        fclose(file);
    return found || (!any && floor_hosts_is_loopback(address));
}

const char floor_unlisted[] = "not in ok_hosts";

const char *floor_hosts_judge(const struct floor_rules *rules, const struct sockaddr *address,
                              bool reads)
{
    if (rules->net == FLOOR_NET_NONE)
        return "this kernel reaches no network (net = \"none\")";
    if (is_resolver(address) || is_listed(rules, address, host_says))
        return NULL;
    if (is_metadata(address))
        return "it tells the keys of this machine";
    if (is_this_machine(address) && is_jupyter(rules, floor_hosts_port(address)))
        return "it is a port of Jupyter's";
    if (reads && rules->net == FLOOR_NET_READ)
        return NULL;
    return floor_hosts_list(rules, address) ? NULL : floor_unlisted;
}
