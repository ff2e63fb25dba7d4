/*
 * Keys and their lives, in pretended time. Who hands them out is a program that counts how often it was asked, so that
 * a test says what each next key is and when it ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "gatewave/app/keys.h"
#include "gatewave/base/check.h"
#include "gatewave/base/when.h"

#include "clock.h"
#include "pretend.h"

#define SECRET  "s3cr3t-marker"
#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static char home[] = "/tmp/gatewave-keys-XXXXXX";

static void write_file(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", home, name);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
    assert_int_equal(chmod(path, 0600), 0);
}

/* Each time that it is asked it prints a key with its number; failing: those that it fails at instead. */
struct office {
    unsigned asked;
    int64_t life_ms; /* 0: it does not say how long */
    unsigned fails_from, fails_to;
    int fails_with;
};

static int office_prints(void *user, struct gw_buf *out)
{
    struct office *office = user;
    char until[GW_WHEN_TEXT_SIZE];

    office->asked++;
    if (office->asked >= office->fails_from && office->asked < office->fails_to)
        return office->fails_with;
    gw_buf_addf(
        out,
        "{\"mode\":\"StsToken\",\"access_key_id\":\"STS.key-number-%u\",\"access_key_secret\":\"" SECRET
        "\",\"sts_token\":\"" SECRET "\"",
        office->asked);
    gw_when_text(gw_clock_unix_ms() + office->life_ms, until);
    if (office->life_ms > 0)
        gw_buf_addf(out, ",\"expiration\":\"%s\"", until);
    gw_buf_add_text(out, "}\n");
    return 0;
}

static int set_up(void **state)
{
    static const char config[] =
        "{\"current\":\"made\",\"profiles\":["
        "{\"name\":\"made\",\"mode\":\"External\",\"process_command\":\"office --open\"},"
        "{\"name\":\"made-too\",\"mode\":\"External\",\"process_command\":\"office --open\"},"
        "{\"name\":\"machine\",\"mode\":\"EcsRamRole\"},"
        "{\"name\":\"role\",\"mode\":\"RamRoleArn\",\"access_key_id\":\"LTAI\",\"access_key_secret\":"
        "\"" SECRET "\",\"ram_role_arn\":\"acs:ram::1:role/a\"},"
        "{\"name\":\"fixed\",\"mode\":\"AK\",\"access_key_id\":\"LTAI0123456789abcd\",\"access_key_secret\":"
        "\"" SECRET "\"}]}";
    char path[256];

    (void)state;
    if (!mkdtemp(home))
        return -1;
    write_file("config.json", config);
    (void)snprintf(path, sizeof(path), "%s/config.json", home);
    (void)unsetenv("ALIBABA_CLOUD_ACCESS_KEY_ID");
    (void)unsetenv("CREDENTIALS_DIRECTORY");
    return setenv("ALIBABA_CLOUD_CONFIG_FILE", path, 1);
}

static int tear_down(void **state)
{
    char path[256];

    (void)state;
    (void)snprintf(path, sizeof(path), "%s/config.json", home);
    (void)unlink(path);
    return rmdir(home);
}

struct world {
    struct gw_config config;
    struct gw_taken taken;
    struct office office;
    struct pretend play;
    struct gw_loop *loop;
    struct gw_keys *keys;
};

static void open_world(struct world *world, const char *profile, int64_t life_ms)
{
    struct gw_err err = {0};

    *world = (struct world){.office = {.life_ms = life_ms, .fails_with = 1}};
    world->play = (struct pretend){.program = office_prints, .user = &world->office};
    pretend_play(&world->play);
    gw_config_init(&world->config);
    world->loop = gw_loop_new();
    world->keys = gw_keys_new(world->loop, &world->config, &world->taken, profile, &err);
    if (!world->keys)
        fail_msg("%s", err.text);
}

static void close_world(struct world *world)
{
    gw_keys_free(world->keys);
    gw_taken_release(&world->taken);
    gw_loop_free(world->loop);
    gw_config_release(&world->config);
}

static void obtain(struct world *world, const char *account)
{
    struct gw_err err = {0};

    if (gw_keys_obtain(world->keys, account, &err) != GW_OK)
        fail_msg("%s", err.text);
}

static uint32_t generation(struct world *world, const char *account)
{
    uint32_t number = 0;

    return gw_keys_signer(world->keys, account, &number) ? number : 0;
}

static void a_written_key_is_there_at_once(void **state)
{
    struct gw_keys_note note;
    struct world world;

    (void)state;
    open_world(&world, "fixed", 0);
    assert_int_equal(generation(&world, "any"), 0);
    obtain(&world, NULL);
    assert_int_equal(generation(&world, "any"), 1);
    assert_false(gw_keys_refused(world.keys, "any", 1));
    pretend_pass(world.loop, 100 * DAY_MS);
    assert_int_equal(generation(&world, "any"), 1);
    assert_true(gw_keys_describe(world.keys, "any", &note));
    assert_string_equal(note.key_id, "LTAI...abcd");
    assert_false(note.temporary);
    assert_int_equal(note.expires_unix_ms, 0);
    assert_non_null(strstr(note.source, "profile fixed of "));
    assert_null(strstr(note.source, SECRET));
    close_world(&world);
}

/* Five minutes before its end, or with a fifth of its life left: there is a key all the time. */
static void a_key_is_renewed_ahead_of_its_end(void **state)
{
    static const struct {
        int64_t life_ms;
        uint64_t ahead_ms;
    } row[] = {{HOUR_MS, 300000}, {1000000, 200000}, {10000, 2000}};

    (void)state;
    for (size_t i = 0; i < GW_COUNT_OF(row); i++) {
        uint64_t lives_ms = (uint64_t)row[i].life_ms - PRETEND_TAKES_MS;
        struct gw_keys_note note;
        struct world world;

        open_world(&world, NULL, row[i].life_ms);
        obtain(&world, NULL);
        assert_true(gw_keys_describe(world.keys, "any", &note));
        assert_string_equal(note.key_id, "STS....er-1");
        assert_true(note.temporary);
        assert_int_equal(note.expires_unix_ms, PRETEND_UNIX_MS + 1000 + row[i].life_ms);
        /* Asked a moment after the time that the key's own life is counted from. */
        pretend_pass(world.loop, lives_ms - row[i].ahead_ms - PRETEND_TAKES_MS);
        assert_int_equal(world.office.asked, 1);
        pretend_pass(world.loop, 2 * PRETEND_TAKES_MS);
        assert_int_equal(world.office.asked, 2);
        assert_int_not_equal(generation(&world, "any"), 0);
        pretend_pass(world.loop, PRETEND_TAKES_MS);
        assert_int_equal(generation(&world, "any"), 2);
        close_world(&world);
    }
}

/* A refused key is not used again, and one new one is fetched for all who met the refusal. */
static void a_refused_key_is_renewed_once(void **state)
{
    struct world world;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    obtain(&world, NULL);
    pretend_pass(world.loop, 5000);
    for (int i = 0; i < 50; i++)
        assert_true(gw_keys_refused(world.keys, "any", 1));
    assert_int_equal(generation(&world, "any"), 0);
    pretend_pass(world.loop, PRETEND_TAKES_MS);
    assert_int_equal(generation(&world, "any"), 2);
    /* A late word about the old one. */
    assert_true(gw_keys_refused(world.keys, "any", 1));
    assert_int_equal(generation(&world, "any"), 2);
    pretend_pass(world.loop, 5000);
    assert_int_equal(world.office.asked, 2);
    close_world(&world);
}

static void keys_that_are_refused_as_they_come_end_the_asking(void **state)
{
    struct world world;
    uint32_t number = 1;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    obtain(&world, NULL);
    while (gw_keys_refused(world.keys, "any", number)) {
        pretend_pass(world.loop, PRETEND_TAKES_MS);
        assert_int_equal(generation(&world, "any"), ++number);
        assert_true(number < 10);
    }
    assert_int_equal(number, 3);
    close_world(&world);
}

/* One that did its work for a while, of which nobody knew how long it lives. */
static void keys_that_served_are_renewed_for_ever(void **state)
{
    struct world world;

    (void)state;
    open_world(&world, NULL, 0);
    obtain(&world, NULL);
    for (uint32_t number = 1; number < 20; number++) {
        pretend_pass(world.loop, 1000);
        assert_true(gw_keys_refused(world.keys, "any", number));
        pretend_pass(world.loop, PRETEND_TAKES_MS);
        assert_int_equal(generation(&world, "any"), number + 1);
    }
    close_world(&world);
}

static void the_old_key_is_kept_while_it_is_valid(void **state)
{
    struct gw_err err = {0};
    struct world world;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    world.office.fails_from = 2;
    world.office.fails_to = UINT32_MAX;
    obtain(&world, NULL);
    assert_string_equal(gw_keys_trouble(world.keys, "any"), "");
    pretend_pass(world.loop, HOUR_MS - 1000);
    assert_int_equal(generation(&world, "any"), 1);
    assert_non_null(strstr(gw_keys_trouble(world.keys, "any"), "ended with 1: run it by hand"));
    /* Pauses grow from a second to a minute. */
    assert_in_range(world.office.asked, 8, 16);
    pretend_pass(world.loop, 2000);
    assert_int_equal(generation(&world, "any"), 0);
    /* Who asks for one then hears why there is none. */
    assert_int_equal(gw_keys_obtain(world.keys, NULL, &err), GW_ERR_CREDENTIALS);
    assert_non_null(strstr(err.text, "ended with 1"));
    /* Nobody gives up for it. */
    pretend_pass(world.loop, DAY_MS);
    assert_in_range(world.office.asked, 1400, 3000);
    world.office.fails_to = 0;
    pretend_pass(world.loop, 61000);
    assert_int_equal(generation(&world, "any"), 2);
    assert_string_equal(gw_keys_trouble(world.keys, "any"), "");
    close_world(&world);
}

/* The machine slept: the loop's clock knows nothing of it, the wall's does. */
static void a_key_that_ended_in_a_sleep_is_renewed_when_it_is_asked_for(void **state)
{
    struct world world;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    obtain(&world, NULL);
    world.play.set_ms = 2 * HOUR_MS;
    assert_int_equal(generation(&world, "any"), 0);
    pretend_pass(world.loop, PRETEND_TAKES_MS);
    assert_int_equal(generation(&world, "any"), 2);
    close_world(&world);
}

static void without_any_key_it_is_said_why(void **state)
{
    struct gw_err err = {0};
    struct world world;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    world.office.fails_from = 1;
    world.office.fails_to = UINT32_MAX;
    world.office.fails_with = 4;
    assert_int_equal(gw_keys_obtain(world.keys, NULL, &err), GW_ERR_CREDENTIALS);
    assert_non_null(strstr(err.text, "profile made of "));
    assert_non_null(strstr(err.text, "the program of process_command ended with 4"));
    /* It might have passed. */
    assert_int_equal(world.office.asked, 3);
    close_world(&world);
    open_world(&world, NULL, HOUR_MS);
    world.office.fails_from = 1;
    world.office.fails_to = 3;
    obtain(&world, NULL);
    assert_int_equal(world.office.asked, 3);
    close_world(&world);
}

static void a_role_needs_the_network(void **state)
{
    struct gw_err err = {0};
    struct world world;

    (void)state;
    open_world(&world, "role", 0);
    assert_int_equal(gw_keys_obtain(world.keys, NULL, &err), GW_ERR_CREDENTIALS);
    assert_non_null(strstr(err.text, "STS at sts.aliyuncs.com: there is no network here"));
    close_world(&world);
}

/* One that does not answer may only have been busy; one that does not answer thrice is not there. */
static void a_metadata_service_is_asked_again(void **state)
{
    struct gw_err err = {0};
    struct world world;
    uint64_t begun_ms;

    (void)state;
    open_world(&world, "machine", 0);
    begun_ms = gw_loop_now_ms(world.loop);
    assert_int_equal(gw_keys_obtain(world.keys, NULL, &err), GW_ERR_CREDENTIALS);
    assert_non_null(strstr(err.text, "the metadata service at 100.100.100.200: there is no network here"));
    assert_in_range(gw_loop_now_ms(world.loop) - begun_ms, 1500, 3000);
    close_world(&world);
}

/* ---- accounts ---- */

static void add_account(struct gw_config *config, const char *name, const char *profile)
{
    struct gw_account_spec *account = &config->account[config->n_accounts++];

    account->name = strdup(name);
    account->profile = strdup(profile);
}

static void accounts_with_one_profile_share_its_key(void **state)
{
    struct gw_keys_note note;
    struct gw_err err = {0};
    struct world world;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    gw_keys_free(world.keys);
    add_account(&world.config, "retail", "made");
    add_account(&world.config, "clinics", "fixed");
    add_account(&world.config, "depots", "made");
    world.keys = gw_keys_new(world.loop, &world.config, &world.taken, NULL, &err);
    assert_non_null(world.keys);
    obtain(&world, NULL);
    assert_int_equal(world.office.asked, 1);
    assert_ptr_equal(gw_keys_signer(world.keys, "retail", &(uint32_t){0}),
                     gw_keys_signer(world.keys, "depots", &(uint32_t){0}));
    assert_int_equal(generation(&world, "clinics"), 1);
    assert_int_equal(gw_keys_obtain(world.keys, "lost", &err), GW_ERR_INPUT);
    assert_non_null(strstr(err.text, "account lost"));
    assert_null(gw_keys_signer(world.keys, "lost", &(uint32_t){0}));
    assert_false(gw_keys_refused(world.keys, "lost", 1));
    assert_false(gw_keys_describe(world.keys, "lost", &note));
    assert_string_equal(gw_keys_trouble(world.keys, "lost"), "");
    gw_keys_free(world.keys);
    world.keys = gw_keys_new(world.loop, &world.config, &world.taken, "made", &err);
    assert_null(world.keys);
    assert_int_equal(err.code, GW_ERR_USAGE);
    close_world(&world);
}

static void an_account_without_a_key_leaves_the_others_theirs(void **state)
{
    struct gw_keys_note note;
    struct gw_err err = {0};
    struct world world;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    gw_keys_free(world.keys);
    add_account(&world.config, "far", "nobody");
    world.keys = gw_keys_new(world.loop, &world.config, &world.taken, NULL, &err);
    assert_null(world.keys);
    assert_int_equal(err.code, GW_ERR_CREDENTIALS);
    assert_memory_equal(err.text, "account far: ", 13);
    add_account(&world.config, "retail", "made");
    world.keys = gw_keys_new(world.loop, &world.config, &world.taken, NULL, &err);
    assert_non_null(world.keys);
    gw_keys_begin(world.keys, "far");
    err.text[0] = '\0';
    assert_int_equal(gw_keys_obtain(world.keys, "far", &err), GW_ERR_CREDENTIALS);
    assert_memory_equal(err.text, "account far: ", 13);
    assert_non_null(strstr(err.text, "nobody"));
    assert_null(gw_keys_signer(world.keys, "far", &(uint32_t){0}));
    assert_false(gw_keys_describe(world.keys, "far", &note));
    obtain(&world, "retail");
    assert_int_equal(gw_keys_obtain(world.keys, NULL, &err), GW_ERR_CREDENTIALS);
    pretend_pass(world.loop, DAY_MS);
    assert_null(gw_keys_signer(world.keys, "far", &(uint32_t){0}));
    assert_int_not_equal(generation(&world, "retail"), 0);
    close_world(&world);
}

static void keys_that_were_begun_come_together(void **state)
{
    struct gw_err err = {0};
    struct world world;
    uint64_t begun_ms;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    gw_keys_free(world.keys);
    add_account(&world.config, "retail", "made");
    add_account(&world.config, "clinics", "made-too");
    world.keys = gw_keys_new(world.loop, &world.config, &world.taken, NULL, &err);
    assert_non_null(world.keys);
    begun_ms = gw_loop_now_ms(world.loop);
    gw_keys_begin(world.keys, "retail");
    gw_keys_begin(world.keys, "clinics");
    gw_keys_begin(world.keys, "clinics");
    obtain(&world, "retail");
    obtain(&world, "clinics");
    assert_int_equal(gw_loop_now_ms(world.loop), begun_ms + PRETEND_TAKES_MS);
    gw_keys_begin(world.keys, "retail");
    assert_int_equal(world.office.asked, 2);
    close_world(&world);
}

/* The end comes while somebody is asked. */
static void an_end_on_the_way(void **state)
{
    struct world world;

    (void)state;
    open_world(&world, NULL, HOUR_MS);
    world.office.fails_from = 2;
    world.office.fails_to = UINT32_MAX;
    world.office.fails_with = -1;
    obtain(&world, NULL);
    pretend_pass(world.loop, HOUR_MS - 300000);
    assert_int_equal(world.office.asked, 2);
    close_world(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_written_key_is_there_at_once),
        cmocka_unit_test(a_key_is_renewed_ahead_of_its_end),
        cmocka_unit_test(a_refused_key_is_renewed_once),
        cmocka_unit_test(keys_that_are_refused_as_they_come_end_the_asking),
        cmocka_unit_test(keys_that_served_are_renewed_for_ever),
        cmocka_unit_test(the_old_key_is_kept_while_it_is_valid),
        cmocka_unit_test(a_key_that_ended_in_a_sleep_is_renewed_when_it_is_asked_for),
        cmocka_unit_test(without_any_key_it_is_said_why),
        cmocka_unit_test(a_role_needs_the_network),
        cmocka_unit_test(a_metadata_service_is_asked_again),
        cmocka_unit_test(accounts_with_one_profile_share_its_key),
        cmocka_unit_test(an_account_without_a_key_leaves_the_others_theirs),
        cmocka_unit_test(keys_that_were_begun_come_together),
        cmocka_unit_test(an_end_on_the_way),
    };

    return cmocka_run_group_tests_name("app/keys", tests, set_up, tear_down);
}
