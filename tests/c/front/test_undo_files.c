/* Former contents of files: kept, told and put back, with each step failing in turn. No floor and
 * no kernel: what the floor says is said here. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/front/floor_changes.h"
#include "kernel/front/undo_files.h"

/* ---- what fails ---- */

static int full_after = -1;   /* copies that succeed yet; below 0: all */
static long memory_left = -1; /* allocations that succeed yet; below 0: all */

ssize_t __real_copy_file_range(int from, off_t *in, int to, off_t *out, size_t size,
                               unsigned flags);
ssize_t __wrap_copy_file_range(int from, off_t *in, int to, off_t *out, size_t size,
                               unsigned flags);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
char *__real_strdup(const char *text);
char *__wrap_strdup(const char *text);

ssize_t __wrap_copy_file_range(int from, off_t *in, int to, off_t *out, size_t size, unsigned flags)
{
    if (full_after == 0) {
        errno = ENOSPC;
        return -1;
    }
    if (full_after > 0)
        full_after--;
    return __real_copy_file_range(from, in, to, out, size, flags);
}

static bool memory_fails(void)
{
    return memory_left >= 0 && memory_left-- <= 0 ? (memory_left = 0, errno = ENOMEM, true) : false;
}

void *__wrap_calloc(size_t count, size_t size)
{
    return memory_fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return memory_fails() ? NULL : __real_realloc(memory, size);
}

char *__wrap_strdup(const char *text)
{
    return memory_fails() ? NULL : __real_strdup(text);
}

/* ---- a session that changes files ---- */

static char folder[PATH_MAX];
static struct floor_changes *changes;
static json_int_t cell;

static char *path_of(const char *name)
{
    static char paths[4][PATH_MAX + 64];
    static unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof *paths, "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text)
{
    FILE *file = fopen(path_of(name), "w");

    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Too large to be kept in memory. */
static void write_large(const char *name, char letter)
{
    static char text[100001];

    memset(text, letter, sizeof text - 1);
    write_file(name, text);
}

static bool is_large(const char *name, char letter)
{
    struct stat status;
    FILE *file = fopen(path_of(name), "r");

    assert_non_null(file);
    int first = fgetc(file);
    fclose(file);
    return stat(path_of(name), &status) == 0 && status.st_size == 100000 && first == letter;
}

static const char *read_file(const char *name)
{
    static char text[256];
    FILE *file = fopen(path_of(name), "r");

    if (!file)
        return NULL;
    size_t size = fread(text, 1, sizeof text - 1, file);
    text[size] = 0;
    fclose(file);
    return text;
}

/* As the floor does for an open that truncates. */
static void cell_overwrites(const char *name, const char *text)
{
    int fd = open(path_of(name), O_PATH | O_CLOEXEC);

    assert_true(fd >= 0);
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    floor_changes_writes(changes, path_of(name), fd, &status);
    close(fd);
    write_file(name, text);
}

static void cell_makes(const char *name, const char *text)
{
    write_file(name, text);
    floor_changes_made(changes, path_of(name), AT_FDCWD, path_of(name));
}

static void cell_removes(const char *name)
{
    struct change change;

    floor_changes_removes(changes, path_of(name), AT_FDCWD, path_of(name), &change);
    bool done = remove(path_of(name)) == 0;
    floor_changes_settle(changes, &change, done);
}

static void cell_moves(const char *from, const char *to)
{
    assert_int_equal(rename(path_of(from), path_of(to)), 0);
    floor_changes_moved(changes, path_of(from), path_of(to), AT_FDCWD, path_of(to), false);
}

static void cell_ends(void)
{
    floor_changes_cell(changes, ++cell, getpid());
}

static size_t count_of(json_t *plan, const char *key)
{
    return json_array_size(json_object_get(plan, key));
}

/* Take back the last cell: so many things are done, and so many left. */
static void undo(size_t does, size_t leaves)
{
    json_t *plan = undo_files_do(changes, cell);

    assert_non_null(plan);
    if (count_of(plan, "does") != does || count_of(plan, "leaves") != leaves)
        print_error("%s\n", json_dumps(plan, JSON_INDENT(1)));
    assert_int_equal(count_of(plan, "does"), does);
    assert_int_equal(count_of(plan, "leaves"), leaves);
    json_decref(plan);
}

static int set_up(void **state)
{
    /* The threads of the floor may hold one until the process ends: none is ever freed. */
    static struct floor_changes *all[32];
    static size_t made;
    char kept[PATH_MAX + 64];

    (void)state;
    assert_true(made < sizeof all / sizeof *all);
    snprintf(folder, sizeof folder, "/tmp/test_undo_files.XXXXXX");
    assert_non_null(mkdtemp(folder));
    snprintf(kept, sizeof kept, "%s/kept", folder);
    changes = all[made++] = floor_changes_new();
    assert_non_null(changes);
    floor_changes_keep(changes, kept, 1 << 20);
    cell = 0;
    return 0;
}

static int tear_down(void **state)
{
    char command[PATH_MAX + 16];

    (void)state;
    full_after = -1;
    memory_left = -1;
    floor_changes_end(changes);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* ---- what comes back ---- */

static void test_content_mode_and_time_come_back(void **state)
{
    struct stat before, after;
    struct timespec old[2] = {{1000000, 5}, {1000000, 5}};

    (void)state;
    write_file("a", "before");
    chmod(path_of("a"), 0640);
    utimensat(AT_FDCWD, path_of("a"), old, 0);
    stat(path_of("a"), &before);
    cell_overwrites("a", "after, and longer");
    chmod(path_of("a"), 0600);
    cell_ends();
    undo(1, 0);
    stat(path_of("a"), &after);
    assert_string_equal(read_file("a"), "before");
    assert_int_equal(after.st_mode, before.st_mode);
    assert_int_equal(after.st_mtim.tv_sec, 1000000);
    assert_int_equal(after.st_mtim.tv_nsec, 5);
    assert_int_equal(after.st_ino, before.st_ino);
}

static void test_what_was_removed_comes_back_with_its_links(void **state)
{
    struct stat status;
    char target[64] = "";

    (void)state;
    write_file("a", "one file");
    assert_int_equal(link(path_of("a"), path_of("b")), 0);
    assert_int_equal(symlink("nowhere", path_of("link")), 0);
    mkdir(path_of("folder"), 0750);
    write_file("folder/inside", "inside");
    cell_removes("a");
    cell_removes("link");
    cell_removes("folder/inside");
    cell_removes("folder");
    cell_ends();
    stat(path_of("b"), &status);
    assert_int_equal(status.st_nlink,
                     1); /* or it could not be written to: who kept "a" has no link */
    undo(4, 0);
    assert_string_equal(read_file("a"), "one file");
    assert_string_equal(read_file("b"), "one file");
    assert_true(readlink(path_of("link"), target, sizeof target - 1) > 0);
    assert_string_equal(target, "nowhere");
    assert_string_equal(read_file("folder/inside"), "inside");
    stat(path_of("folder"), &status);
    assert_int_equal(status.st_mode & 07777, 0750);
}

static void test_what_was_made_and_moved_goes_and_returns(void **state)
{
    (void)state;
    write_file("old", "old");
    cell_makes("new", "new");
    cell_moves("old", "moved");
    cell_ends();
    undo(2, 0);
    assert_null(read_file("new"));
    assert_null(read_file("moved"));
    assert_string_equal(read_file("old"), "old");
}

static void set_attribute(const char *name, const char *key, const char *value)
{
    assert_int_equal(setxattr(path_of(name), key, value, strlen(value), 0), 0);
}

/* "": there is none. */
static const char *attribute(const char *name, const char *key)
{
    static char value[4096];
    ssize_t size = getxattr(path_of(name), key, value, sizeof value - 1);

    value[size < 0 ? 0 : size] = 0;
    return value;
}

static bool has_attributes(void)
{
    write_file("a", "before");
    return setxattr(path_of("a"), "user.kept", "old", 3, 0) == 0;
}

/* As the floor does for setxattr and removexattr. */
static void cell_knows(const char *name)
{
    int fd = open(path_of(name), O_PATH | O_CLOEXEC);
    struct stat status;

    assert_int_equal(fstat(fd, &status), 0);
    floor_changes_knows(changes, path_of(name), fd, &status);
    close(fd);
}

static void test_attributes_come_back(void **state)
{
    (void)state;
    if (!has_attributes())
        skip(); /* no disk for them in /tmp */
    write_file("none", "none");
    cell_knows("a");
    set_attribute("a", "user.kept", "new, and longer");
    set_attribute("a", "user.more", "more");
    cell_knows("none");
    set_attribute("none", "user.more", "more");
    cell_ends();
    undo(2, 0);
    assert_string_equal(attribute("a", "user.kept"), "old");
    assert_string_equal(attribute("a", "user.more"), "");
    assert_string_equal(attribute("none", "user.more"), "");
    cell_knows("a");
    assert_int_equal(removexattr(path_of("a"), "user.kept"), 0);
    cell_ends();
    undo(1, 0);
    assert_string_equal(attribute("a", "user.kept"), "old");
}

/* One that is written to and then marked, one that is removed and copied, a folder. */
static void test_attributes_come_back_with_the_rest(void **state)
{
    (void)state;
    if (!has_attributes())
        skip();
    write_file("b", "one file");
    assert_int_equal(link(path_of("b"), path_of("other")), 0);
    set_attribute("b", "user.kept", "of b");
    mkdir(path_of("folder"), 0750);
    set_attribute("folder", "user.kept", "of folder");
    cell_overwrites("a", "after");
    cell_knows("a");
    assert_int_equal(removexattr(path_of("a"), "user.kept"), 0);
    cell_removes("b");
    cell_removes("folder");
    cell_ends();
    undo(3, 0);
    assert_string_equal(read_file("a"), "before");
    assert_string_equal(attribute("a", "user.kept"), "old");
    assert_string_equal(attribute("b", "user.kept"), "of b");
    assert_string_equal(attribute("folder", "user.kept"), "of folder");
}

/* Those in memory, and those for which there is no more of it. */
static void test_many_contents_come_back(void **state)
{
    static char text[60001];
    char name[16];

    (void)state;
    floor_changes_end(changes);
    floor_changes_keep(changes, path_of("kept"), 20 << 20);
    memset(text, 'b', sizeof text - 1);
    for (int i = 0; i < 150; i++) {
        snprintf(name, sizeof name, "f%d", i);
        write_file(name, text);
        cell_overwrites(name, "after");
    }
    write_large("large", 'l');
    cell_overwrites("large", "after");
    cell_ends();
    undo(151, 0);
    for (int i = 0; i < 150; i++) {
        struct stat status;
        snprintf(name, sizeof name, "f%d", i);
        assert_int_equal(stat(path_of(name), &status), 0);
        assert_int_equal(status.st_size, 60000);
        assert_int_equal(read_file(name)[200], 'b');
    }
    assert_true(is_large("large", 'l'));
}

/* ---- what does not ---- */

/* Those of an earlier cell give way: 1 MB is kept. */
static void test_newer_contents_take_the_place_of_older(void **state)
{
    static char text[60001];
    char name[16];

    (void)state;
    memset(text, 'b', sizeof text - 1);
    write_file("a", "before");
    cell_overwrites("a", "after");
    cell_ends();
    for (int i = 0; i < 17; i++) {
        snprintf(name, sizeof name, "f%d", i);
        write_file(name, text);
        cell_overwrites(name, "after");
    }
    write_large("large", 'l'); /* gives way to nothing: "a" does */
    cell_overwrites("large", "after");
    cell_ends();
    json_t *plan = undo_files_do(changes, 1);
    assert_string_equal(json_string_value(json_array_get(json_object_get(plan, "leaves"), 0)) +
                            strlen("put back ") + strlen(path_of("a")),
                        " (6 bytes): newer contents were kept in its place");
    json_decref(plan);
    assert_string_equal(read_file("a"), "after");
    assert_int_equal(read_file("f0")[200], 'b');
}

static void test_a_file_changed_since_is_left(void **state)
{
    (void)state;
    write_file("a", "before");
    cell_overwrites("a", "the cell's");
    cell_ends();
    write_file("a", "somebody else's");
    undo(0, 1);
    assert_string_equal(read_file("a"), "somebody else's");
}

static void test_a_disk_that_is_full_when_it_is_kept(void **state)
{
    (void)state;
    write_large("a", 'b');
    full_after = 0;
    cell_overwrites("a", "after");
    full_after = -1;
    cell_ends();
    undo(0, 1);
    assert_string_equal(read_file("a"), "after");
}

/* What fails once is put back the next time. */
static void test_a_disk_that_is_full_when_it_is_put_back(void **state)
{
    (void)state;
    write_large("a", 'b');
    cell_overwrites("a", "after");
    cell_ends();
    full_after = 0;
    undo(0, 1);
    full_after = -1;
    assert_string_equal(read_file("a"), "after");
    undo(1, 0);
    assert_true(is_large("a", 'b'));
}

static void test_no_descriptor_is_left(void **state)
{
    struct rlimit before, none;

    (void)state;
    write_file("a", "before");
    cell_overwrites("a", "after");
    cell_ends();
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    int next = dup(0);
    close(next);
    none.rlim_cur = (rlim_t)next;
    setrlimit(RLIMIT_NOFILE, &none);
    json_t *plan = undo_files_do(changes, cell);
    setrlimit(RLIMIT_NOFILE, &before);
    assert_int_equal(count_of(plan, "leaves"), 1);
    json_decref(plan);
    assert_string_equal(read_file("a"), "after");
}

static void test_no_descriptor_is_left_when_it_is_kept(void **state)
{
    struct rlimit before, none;

    (void)state;
    write_file("a", "before");
    int fd = open(path_of("a"), O_PATH | O_CLOEXEC);
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    int next = dup(0);
    close(next);
    getrlimit(RLIMIT_NOFILE, &before);
    none = before;
    none.rlim_cur = (rlim_t)next;
    setrlimit(RLIMIT_NOFILE, &none);
    floor_changes_writes(changes, path_of("a"), fd, &status);
    setrlimit(RLIMIT_NOFILE, &before);
    close(fd);
    write_file("a", "after");
    cell_ends();
    undo(0, 1);
}

static void test_more_than_is_kept(void **state)
{
    static char large[(1 << 20) + 2];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    write_file("a", large);
    cell_overwrites("a", "after");
    cell_ends();
    undo(0, 1);
    assert_string_equal(read_file("a"), "after");
}

/* Memory ends at each allocation in turn: what cannot be told of is left, nothing else changes. */
static void test_memory_is_short(void **state)
{
    (void)state;
    for (long left = 0; left < 20; left++) {
        write_file("a", "before");
        setxattr(path_of("a"), "user.kept", "old", 3, 0); /* where the disk can */
        write_file("b", "removed");
        memory_left = left;
        cell_knows("a");
        cell_overwrites("a", "after");
        cell_removes("b");
        memory_left = -1;
        cell_ends();
        json_t *plan = undo_files_do(changes, cell);
        assert_non_null(plan);
        const char *now = read_file("a");
        assert_true(strcmp(now, "before") == 0 || strcmp(now, "after") == 0);
        json_decref(plan);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_content_mode_and_time_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_removed_comes_back_with_its_links, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_what_was_made_and_moved_goes_and_returns, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_attributes_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_attributes_come_back_with_the_rest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_contents_come_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_newer_contents_take_the_place_of_older, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_file_changed_since_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_disk_that_is_full_when_it_is_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_disk_that_is_full_when_it_is_put_back, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_no_descriptor_is_left, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_descriptor_is_left_when_it_is_kept, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_more_than_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_memory_is_short, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
