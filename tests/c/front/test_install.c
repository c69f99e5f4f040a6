/* The installer: what needs no built worker. The rest is tests/jupyter/test_install.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "kernel/install/install.h"
#include "kernel/install/kernelspec_files.h"
#include "kernel/install/python_probe.h"

static int install_with(char *one, char *two, char *three)
{
    char *argv[] = {"safepyrun-kernel", one, two, three, NULL};
    int argc = 1;

    while (argv[argc])
        argc++;
    return install_main(argc, argv);
}

static void test_wrong_usage_is_2(void **state)
{
    (void)state;
    assert_int_equal(install_with("install", "--bogus", NULL), 2);
    assert_int_equal(install_with("install", "--name", NULL), 2);
    assert_int_equal(install_with("install", "--name", "../x"), 2);
    assert_int_equal(install_with("install", "--env", "no-equals-sign"), 2);
    assert_int_equal(install_with("install", "--user", "--sys-prefix"), 2);
    assert_int_equal(install_with("uninstall", "--env", "A=b"), 2);
}

static void test_help_is_0(void **state)
{
    (void)state;
    assert_int_equal(install_with("install", "--help", NULL), 0);
}

static void test_nothing_to_uninstall_is_1(void **state)
{
    (void)state;
    assert_int_equal(install_with("uninstall", "--prefix", "/nowhere/at/all"), 1);
}

static void test_the_template_comes_first_and_every_file_has_bytes(void **state)
{
    const struct kernelspec_file *file = kernelspec_files;

    (void)state;
    assert_string_equal(file->name, "kernel.json");
    for (; file->name; file++)
        assert_true(file->size > 0);
    assert_int_equal(file - kernelspec_files, 4);
}

static void test_a_python_answers(void **state)
{
    struct python_facts facts;
    char *error = NULL;

    (void)state;
    assert_true(python_probe("python3", false, &facts, &error));
    assert_null(error);
    assert_int_equal(facts.executable[0], '/');
    assert_int_equal(strncmp(facts.version, "3.", 2), 0);
    python_facts_clear(&facts);
}

/* A program of these lines, asked; the sentence that comes back, for the caller to free. */
static char *complaint_about(const char *script)
{
    char path[] = "/tmp/safepyrun-probe-XXXXXX", *error = NULL;
    struct python_facts facts;
    int fd = mkstemp(path);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, script, strlen(script)), strlen(script));
    fchmod(fd, 0700);
    close(fd);
    assert_false(python_probe(path, true, &facts, &error));
    unlink(path);
    python_facts_clear(&facts);
    assert_non_null(error);
    return error;
}

static void test_what_is_no_python_is_told_from_one(void **state)
{
    static const struct {
        const char *script, *why;
    } table[] = {
        {"#!/bin/sh\nexit 1\n", "not a working Python"},
        {"#!/bin/sh\necho not json\n", "not a working Python"},
        {"#!/bin/sh\nexec yes\n", "not a working Python"},
        {"#!/bin/sh\nkill -9 $$\n", "not a working Python"},
        {"#!/bin/sh\necho '[1]'\n", "not a working Python"},
        {"#!/bin/sh\necho '{\"executable\": 1}'\n", "no answer that makes sense"},
        {"#!/bin/sh\necho '{\"executable\": \"/x\", \"version\": \"3.11\", \"prefix\": \"/\","
         " \"implementation\": \"pypy\", \"libpython\": null}'\n",
         "not CPython"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        char *error = complaint_about(table[i].script);
        assert_non_null(strstr(error, table[i].why));
        free(error);
    }
}

static void test_a_missing_python_is_named(void **state)
{
    struct python_facts facts;
    char *error = NULL;

    (void)state;
    assert_false(python_probe("/no/such/python", true, &facts, &error));
    assert_string_equal(error, "/no/such/python: no such program");
    free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_usage_is_2),
        cmocka_unit_test(test_help_is_0),
        cmocka_unit_test(test_nothing_to_uninstall_is_1),
        cmocka_unit_test(test_the_template_comes_first_and_every_file_has_bytes),
        cmocka_unit_test(test_a_python_answers),
        cmocka_unit_test(test_what_is_no_python_is_told_from_one),
        cmocka_unit_test(test_a_missing_python_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
