/* Which configuration file is found, and what --db does to it. */
#include "gatewave/app/config.h"

#include <fcntl.h>
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

#include "gatewave/base/check.h"

/* A folder of its own that the test stands in, with home, xdg and etc in it. */
struct place {
    char root[64];
    char home[80], xdg[80], etc[80];
    int before; /* the folder we came from */
};

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t len = strlen(text);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, len), (ssize_t)len);
    (void)close(fd);
}

static int arrive(void **state)
{
    static const char *const folders[] = {"home",         "home/.config", "home/.config/gatewave", "xdg",
                                          "xdg/gatewave", "etc",          "etc/gatewave"};
    struct place *place = calloc(1, sizeof(*place));

    assert_non_null(place);
    place->before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)snprintf(place->root, sizeof(place->root), "/tmp/gatewave-config-XXXXXX");
    assert_non_null(mkdtemp(place->root));
    assert_int_equal(chdir(place->root), 0);
    for (size_t i = 0; i < GW_COUNT_OF(folders); i++)
        assert_int_equal(mkdir(folders[i], 0700), 0);
    (void)snprintf(place->home, sizeof(place->home), "%s/home", place->root);
    (void)snprintf(place->xdg, sizeof(place->xdg), "%s/xdg", place->root);
    (void)snprintf(place->etc, sizeof(place->etc), "%s/etc", place->root);
    *state = place;
    return 0;
}

static int leave(void **state)
{
    static const char *const leftovers[] = {"gatewave.yaml",
                                            "other.yaml",
                                            "home/.config/gatewave/gatewave.yaml",
                                            "xdg/gatewave/gatewave.yaml",
                                            "etc/gatewave/gatewave.yaml",
                                            "home/.config/gatewave",
                                            "home/.config",
                                            "home",
                                            "xdg/gatewave",
                                            "xdg",
                                            "etc/gatewave",
                                            "etc"};
    struct place *place = *state;

    for (size_t i = 0; i < GW_COUNT_OF(leftovers); i++)
        if (unlink(leftovers[i]) != 0)
            (void)rmdir(leftovers[i]);
    assert_int_equal(fchdir(place->before), 0);
    (void)close(place->before);
    assert_int_equal(rmdir(place->root), 0);
    free(place);
    return 0;
}

static void check_found(const struct gw_config_places *places, const char *expected)
{
    char *found = gw_config_find(places);

    if (expected)
        assert_string_equal(found, expected);
    else
        assert_null(found);
    free(found);
}

static void the_nearest_place_wins(void **state)
{
    const struct place *place = *state;
    const struct gw_config_places places = {
        .xdg_config_home = place->xdg, .home = place->home, .etc = place->etc};
    char path[200];

    check_found(&places, NULL);
    (void)snprintf(path, sizeof(path), "%s/gatewave/gatewave.yaml", place->etc);
    write_file(path, "");
    check_found(&places, path);
    (void)snprintf(path, sizeof(path), "%s/gatewave/gatewave.yaml", place->xdg);
    write_file(path, "");
    check_found(&places, path);
    write_file("gatewave.yaml", "");
    check_found(&places, "gatewave.yaml");
}

static void home_stands_in_for_the_variable_only_when_it_is_unset(void **state)
{
    const struct place *place = *state;
    struct gw_config_places places = {.home = place->home};
    char path[200];

    (void)snprintf(path, sizeof(path), "%s/.config/gatewave/gatewave.yaml", place->home);
    write_file(path, "");
    check_found(&places, path);
    places.xdg_config_home = place->xdg;
    check_found(&places, NULL);
    /* Relative and empty values count as unset. */
    places.xdg_config_home = "xdg";
    check_found(&places, path);
    places.xdg_config_home = "";
    check_found(&places, path);
}

static void check_loaded(const char *file, const char *database, const char *expected)
{
    const struct gw_config_places places = {0};
    struct gw_config config;
    struct gw_buf problems;
    struct gw_err err = {0};

    gw_buf_init(&problems, 0);
    assert_int_equal(gw_config_load(file, database, &places, &config, &problems, &err), GW_OK);
    assert_string_equal(config.database, expected);
    gw_config_release(&config);
    gw_buf_release(&problems);
}

static void the_command_line_has_the_last_word_about_the_database(void **state)
{
    const struct place *place = *state;
    char other[200];

    write_file("other.yaml", "database: other.db\n");
    (void)snprintf(other, sizeof(other), "%s/other.yaml", place->root);
    check_loaded(other, "/somewhere/else.db", "/somewhere/else.db");
    check_loaded(NULL, "mine.db", "mine.db");
}

static void a_file_that_is_asked_for_must_be_there(void **state)
{
    const struct gw_config_places places = {0};
    struct gw_config config = {0};
    struct gw_buf problems;
    struct gw_err err = {0};
    enum gw_code code;

    (void)state;
    gw_buf_init(&problems, 0);
    code = gw_config_load("nowhere.yaml", NULL, &places, &config, &problems, &err);
    assert_true(code == GW_ERR_INPUT || code == GW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, "nowhere.yaml"));
    gw_buf_release(&problems);
}

static void a_broken_file_is_reported_and_not_passed_over(void **state)
{
    const struct gw_config_places places = {0};
    struct gw_config config = {0};
    struct gw_buf problems;
    struct gw_err err = {0};

    (void)state;
    write_file("gatewave.yaml", "databse: x.db\n");
    gw_buf_init(&problems, 0);
    assert_int_equal(gw_config_load(NULL, "y.db", &places, &config, &problems, &err), GW_ERR_INPUT);
    assert_non_null(strstr(gw_buf_text(&problems), "gatewave.yaml:1:1"));
    gw_buf_release(&problems);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_nearest_place_wins, arrive, leave),
        cmocka_unit_test_setup_teardown(home_stands_in_for_the_variable_only_when_it_is_unset, arrive, leave),
        cmocka_unit_test_setup_teardown(the_command_line_has_the_last_word_about_the_database, arrive, leave),
        cmocka_unit_test_setup_teardown(a_file_that_is_asked_for_must_be_there, arrive, leave),
        cmocka_unit_test_setup_teardown(a_broken_file_is_reported_and_not_passed_over, arrive, leave),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
