/* Fleets made up and read back, files of faults, the truth on disk, and the command line that asks for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "fleet.h"
#include "ledger.h"
#include "options.h"

/* A file in a folder of its own, gone at the end. */
struct place {
    char folder[64], path[96];
};

static int begin_place(void **state)
{
    static struct place place;

    (void)snprintf(place.folder, sizeof(place.folder), "/tmp/gatewave-sim-XXXXXX");
    assert_non_null(mkdtemp(place.folder));
    (void)snprintf(place.path, sizeof(place.path), "%s/file", place.folder);
    *state = &place;
    return 0;
}

static int end_place(void **state)
{
    struct place *place = *state;

    (void)unlink(place->path);
    return rmdir(place->folder);
}

static void write_file(const struct place *place, const char *text)
{
    FILE *file = fopen(place->path, "we");

    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void read_text(const struct place *place, char *ret, size_t size)
{
    FILE *file = fopen(place->path, "re");
    size_t len;

    assert_non_null(file);
    len = fread(ret, 1, size - 1, file);
    ret[len] = '\0';
    (void)fclose(file);
}

static struct gw_cloud *new_cloud(void)
{
    struct gw_cloud_options options;

    gw_cloud_options_init(&options);
    return gw_cloud_new(&options);
}

static void assert_same_fleets(struct gw_cloud *a, struct gw_cloud *b)
{
    assert_int_equal(gw_cloud_device_count(a), gw_cloud_device_count(b));
    for (uint32_t i = 0; i < gw_cloud_device_count(a); i++) {
        struct gw_cloud_device_truth x, y;

        gw_cloud_device_at(a, i, 0, &x);
        gw_cloud_device_at(b, i, 0, &y);
        assert_string_equal(x.account, y.account);
        assert_string_equal(x.region, y.region);
        assert_string_equal(x.gateway_id, y.gateway_id);
        assert_string_equal(x.serial, y.serial);
        assert_string_equal(x.version, y.version);
        assert_string_equal(x.dpi_version, y.dpi_version);
    }
}

/* What the field of that column is in the line of a gateway's first device. */
static void assert_field(const char *text, const char *gateway_id, uint32_t column, const char *want)
{
    const char *line = strstr(text, gateway_id);

    assert_non_null(line);
    for (uint32_t i = 0; i < column; i++)
        line = strchr(line, ',') + 1;
    assert_int_equal(strcspn(line, ","), strlen(want));
    assert_memory_equal(line, want, strlen(want));
}

enum {
    COLUMN_SITE = 8,
    COLUMN_TIMEZONE = 9,
    COLUMN_ISP = 11
};

static void test_sites_zones_and_carriers(void **state)
{
    struct gw_fleet_plan plan = {.n = 9, .version = "2.3.0", .dpi_version = "d"};
    struct place *place = *state;
    char text[2048];

    assert_null(gw_fleet_list_set(&plan.regions, "cn-shanghai"));
    assert_null(gw_fleet_list_set(&plan.accounts, "main"));
    assert_null(gw_fleet_list_set(&plan.models, "sag-1000"));
    assert_null(gw_fleet_list_set(&plan.isps, "telecom,unicom"));
    for (int told = 0; told < 2; told++) {
        struct gw_cloud *cloud = new_cloud();
        struct gw_err err;
        FILE *out = fopen(place->path, "we");

        assert_non_null(out);
        assert_int_equal(gw_fleet_generate(&plan, cloud, out, &err), GW_OK);
        assert_int_equal(fclose(out), 0);
        read_text(place, text, sizeof(text));
        assert_field(text, "sag-000004", COLUMN_SITE, "site-00001");
        assert_field(text, "sag-000005", COLUMN_SITE, "site-00002");
        assert_field(text, "sag-000006", COLUMN_SITE, told ? "site-00003" : "site-00002");
        assert_field(text, "sag-000001", COLUMN_TIMEZONE, told ? "Europe/Berlin" : "Asia/Shanghai");
        assert_field(text, "sag-000008", COLUMN_TIMEZONE, told ? "America/New_York" : "Asia/Shanghai");
        assert_field(text, "sag-000001", COLUMN_ISP, "telecom");
        assert_field(text, "sag-000002", COLUMN_ISP, "unicom");
        gw_cloud_free(cloud);
        plan.sites = 3;
        assert_null(gw_fleet_list_set(&plan.zones, "Europe/Berlin,America/New_York"));
    }
    gw_fleet_list_release(&plan.regions);
    gw_fleet_list_release(&plan.accounts);
    gw_fleet_list_release(&plan.models);
    gw_fleet_list_release(&plan.isps);
    gw_fleet_list_release(&plan.zones);
}

static void test_made_up_and_read_back(void **state)
{
    struct gw_fleet_plan plan = {
        .n = 1000, .pairs_bp = 2000, .seed = 3, .version = "2.3.0", .dpi_version = "d"};
    struct gw_cloud *made = new_cloud(), *read = new_cloud();
    struct place *place = *state;
    struct gw_err err;
    char text[512];
    FILE *out;

    assert_null(gw_fleet_list_set(&plan.regions, "cn-shanghai,eu-central-1"));
    assert_null(gw_fleet_list_set(&plan.accounts, "main,second,third"));
    assert_null(gw_fleet_list_set(&plan.models, "sag-1000"));
    assert_null(gw_fleet_list_set(&plan.isps, "telecom"));
    out = fopen(place->path, "we");
    assert_non_null(out);
    assert_int_equal(gw_fleet_generate(&plan, made, out, &err), GW_OK);
    assert_int_equal(fclose(out), 0);
    assert_in_range(gw_cloud_device_count(made), 1140, 1260); /* a fifth of them are pairs, more or less */
    assert_int_equal(gw_fleet_read(place->path, "main", read, &err), GW_OK);
    assert_same_fleets(made, read);
    read_text(place, text, sizeof(text));
    assert_non_null(
        strstr(text, "gateway_id,region,serial,ha_role,version,dpi_version,model,name,site,timezone,account,"
                     "isp,tag:zone\nsag-000001,cn-shanghai,sage000001a,"));
    assert_non_null(strstr(text, "\nsag-000002,eu-central-1,sage000002a,"));
    assert_non_null(strstr(text, ",site-00001,Europe/Berlin,second,"));
    gw_cloud_free(made);
    gw_cloud_free(read);
    gw_fleet_list_release(&plan.regions);
    gw_fleet_list_release(&plan.accounts);
    gw_fleet_list_release(&plan.models);
    gw_fleet_list_release(&plan.isps);
}

static void test_reads_what_it_needs(void **state)
{
    struct gw_cloud *cloud = new_cloud();
    struct gw_cloud_device_truth truth;
    struct place *place = *state;
    struct gw_err err;

    write_file(
        place,
        "serial,tag:x,region,gateway_id,ha_role\r\ns1,t,cn-shanghai,g1\r\ns2,,cn-shanghai,g2,active\r\n"
        "s3,,cn-shanghai,g2,standby\r\n");
    assert_int_equal(gw_fleet_read(place->path, "acc", cloud, &err), GW_OK);
    assert_int_equal(gw_cloud_device_count(cloud), 3);
    gw_cloud_device_at(cloud, 0, 0, &truth);
    assert_string_equal(truth.gateway_id, "g1");
    assert_string_equal(truth.account, "acc");
    assert_string_equal(truth.version, "");
    gw_cloud_free(cloud);
}

static void test_bad_fleets_name_the_line(void **state)
{
    static const struct {
        const char *text, *line;
    } bad[] = {
        {"", ":1:"},
        {"gateway_id,region\ng,r\n", ":1:"},
        {"gateway_id,region,serial\ng,r,s\ng2,r,s\n", ":3:"},
        {"gateway_id,region,serial\n\n", ":2:"},
        {"gateway_id,region,serial\n\"g\",r,s\n", ":2:"},
        {"gateway_id,region,serial\ng,r,a\ng,r,b\n", ":3:"},
    };
    struct place *place = *state;
    struct gw_err err;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct gw_cloud *cloud = new_cloud();

        write_file(place, bad[i].text);
        assert_int_equal(gw_fleet_read(place->path, "acc", cloud, &err), GW_ERR_INPUT);
        assert_non_null(strstr(err.text, bad[i].line));
        gw_cloud_free(cloud);
    }
}

static void test_faults_file(void **state)
{
    struct gw_cloud *cloud = new_cloud();
    struct gw_cloud_device_truth truth;
    struct place *place = *state;
    struct gw_err err;

    assert_true(gw_cloud_add_device(
        cloud, &(struct gw_cloud_device){.gateway_id = "g", .serial = "a", .role = GW_CLOUD_ACTIVE}));
    assert_true(gw_cloud_add_device(
        cloud, &(struct gw_cloud_device){.gateway_id = "g", .serial = "b", .role = GW_CLOUD_STANDBY}));
    write_file(place, "# whole lines only\n\n  g,b   offline \r\n\tg refuse:NotBoundCCN@3\n");
    assert_int_equal(gw_fleet_read_faults(place->path, cloud, &err), GW_OK);
    gw_cloud_device_at(cloud, 0, 0, &truth);
    assert_true(truth.online);
    gw_cloud_device_at(cloud, 1, 0, &truth);
    assert_false(truth.online);
    write_file(place, "g brick\ng\n");
    assert_int_equal(gw_fleet_read_faults(place->path, cloud, &err), GW_ERR_INPUT);
    assert_non_null(strstr(err.text, ":2: "));
    write_file(place, "g,c brick\n");
    assert_int_equal(gw_fleet_read_faults(place->path, cloud, &err), GW_ERR_NOT_FOUND);
    assert_non_null(strstr(err.text, ":1: "));
    assert_int_equal(gw_fleet_read_faults("/nowhere/at/all", cloud, &err), GW_ERR_INPUT);
    gw_cloud_free(cloud);
}

static void test_truth_file(void **state)
{
    struct gw_cloud *cloud = new_cloud();
    struct place *place = *state;
    struct gw_err err;
    char text[512];

    assert_true(gw_cloud_add_device(cloud, &(struct gw_cloud_device){.account = "m",
                                                                     .region = "r",
                                                                     .gateway_id = "g\"",
                                                                     .serial = "a",
                                                                     .version = "1",
                                                                     .dpi_version = "2",
                                                                     .role = GW_CLOUD_SINGLE}));
    assert_int_equal(gw_fleet_write_truth(place->path, cloud, 0, &err), GW_OK);
    read_text(place, text, sizeof(text));
    assert_string_equal(
        text,
        "{\"account\":\"m\",\"region\":\"r\",\"gateway_id\":\"g\\\"\",\"serial\":\"a\",\"version\":\"1\","
        "\"dpi_version\":\"2\",\"online\":true,\"upgrading\":false,\"gone\":false,\"policy\":\"manual\","
        "\"updates_received\":0,"
        "\"updates_effective\":0,\"updates_foreign\":0}\n");
    assert_int_equal(gw_fleet_write_truth("/dev/full", cloud, 0, &err), GW_ERR_STORE);
    assert_int_equal(gw_fleet_write_truth("/nowhere/at/all", cloud, 0, &err), GW_ERR_INPUT);
    gw_cloud_free(cloud);
}

static void test_ledger_lines(void **state)
{
    struct gw_ledger_line line = {
        .at_ms = 5, .action = "A", .http_status = 400, .code = "X\n", .replied = true};
    struct gw_params params = {.pair = {{"OIDCToken", "sesame"},
                                        {"UpgradeType", "manual"},
                                        {"PageNumber", "2"},
                                        {"SmartAGIds.1", "sag-1"}},
                               .n = 4};
    struct place *place = *state;
    struct gw_ledger ledger;
    struct gw_err err;
    char text[4096];

    assert_int_equal(gw_ledger_open(&ledger, place->path, &err), GW_OK);
    assert_true(gw_ledger_add(&ledger, &line));
    read_text(place, text, sizeof(text)); /* there before anything is closed */
    assert_string_equal(
        text, "{\"n\":1,\"at_ms\":5,\"mono_us\":0,\"action\":\"A\",\"account\":null,\"region\":null,"
              "\"gateway_id\":null,\"serial\":null,\"version\":null,\"nonce\":null,\"timestamp\":null,"
              "\"http_status\":400,\"code\":\"X\\u000a\",\"effect\":false,\"replied\":true,"
              "\"request_id\":null,\"version_before\":null,\"online_before\":false,\"upgrading_before\":"
              "false,\"foreign_before\":false,\"mate_online_before\":false,\"mate_upgrading_before\":false,"
              "\"mate_version_before\":null,\"standby_before\":false,\"down_ms\":0,\"stale_ms\":0,"
              "\"gateway_ids\":[],\"key_id\":null}\n");
    line.down_ms = UINT64_MAX;
    line.standby_before = line.foreign_before = line.mate_upgrading_before = true;
    line.stale_ms = 77;
    assert_true(gw_ledger_add(&ledger, &line));
    read_text(place, text, sizeof(text));
    assert_non_null(strstr(text, "\n{\"n\":2,"));
    assert_non_null(strstr(text, "\"standby_before\":true,\"down_ms\":null,\"stale_ms\":77,"));
    assert_non_null(
        strstr(text, "\"foreign_before\":true,\"mate_online_before\":false,\"mate_upgrading_before\":true"));
    line.params = &params;
    line.key_id = "k";
    line.granted = "g";
    assert_true(gw_ledger_add(&ledger, &line));
    read_text(place, text, sizeof(text));
    assert_non_null(strstr(text, "\"gateway_ids\":[\"sag-1\"],\"key_id\":\"k\",\"granted\":\"g\",\"params\":"
                                 "{\"PageNumber\":\"2\",\"UpgradeType\":\"manual\"}}\n"));
    assert_null(strstr(text, "sesame"));
    gw_ledger_close(&ledger);
    assert_int_equal(gw_ledger_open(&ledger, "/dev/full", &err), GW_OK);
    assert_false(gw_ledger_add(&ledger, &line));
    gw_ledger_close(&ledger);
    assert_int_equal(gw_ledger_open(&ledger, NULL, &err), GW_OK);
    assert_true(gw_ledger_add(&ledger, &line));
    gw_ledger_close(&ledger);
    assert_int_equal(gw_ledger_open(&ledger, "/nowhere/at/all", &err), GW_ERR_STORE);
}

static void test_lists(void **state)
{
    static const char *const bad[] = {"",
                                      ",",
                                      "a,",
                                      ",a",
                                      "a,,b",
                                      "a\"b",
                                      "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3"};
    struct gw_fleet_list list = {0};

    (void)state;
    assert_null(gw_fleet_list_set(&list, "a,bc"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_non_null(gw_fleet_list_set(&list, bad[i]));
    assert_int_equal(list.n, 2); /* as it was */
    assert_string_equal(list.word[0], "a");
    assert_string_equal(list.word[1], "bc");
    gw_fleet_list_release(&list);
}

#define ARGS_MAX 32

/* Reads a command line of words with blanks between them. */
static enum gw_code read_options(struct gw_options *options, char *memory, size_t size, const char *line,
                                 struct gw_err *err)
{
    char *argv[ARGS_MAX] = {(char[]){"gatewave-sim"}};
    int argc = 1;

    (void)snprintf(memory, size, "%s", line);
    for (char *p = memory; *p;) {
        argv[argc++] = p;
        p += strcspn(p, " ");
        if (*p)
            *p++ = '\0';
    }
    gw_options_init(options);
    return gw_options_read(options, argc, argv, err);
}

static void test_options(void **state)
{
    struct gw_options options;
    char memory[512];
    struct gw_err err;

    (void)state;
    assert_int_equal(
        read_options(&options, memory, sizeof(memory),
                     "--generate 5000 --pairs 7.5% --plain --update-rate 50/s --upgrade-ms 20-40 --brick 1% "
                     "--clock-offset -20m --key a:b:t@acc --container bare --seed 9 --duration 2s",
                     &err),
        GW_OK);
    assert_int_equal(options.plan.n, 5000);
    assert_int_equal(options.plan.pairs_bp, 750);
    assert_int_equal(options.plan.seed, 9);
    assert_int_equal(options.cloud.seed, 9);
    assert_int_equal(options.cloud.update_rate.calls, 50);
    assert_int_equal(options.cloud.update_rate.window_ms, 1000);
    assert_int_equal(options.cloud.upgrade_min_ms, 20);
    assert_int_equal(options.cloud.upgrade_max_ms, 40);
    assert_int_equal(options.cloud.brick_bp, 100);
    assert_true(options.clock_offset_ms == -1200000);
    assert_int_equal(options.duration_ms, 2000);
    assert_true(options.bare);
    assert_int_equal(options.keys.n, 1);
    assert_string_equal(options.keys.key[0].account, "acc");
    gw_options_release(&options);
    assert_int_equal(
        read_options(&options, memory, sizeof(memory), "--generate 1 --tls-self f --clock-offset 5s", &err),
        GW_OK);
    assert_string_equal(options.keys.key[0].id, "testid");
    assert_int_equal(options.plan.isps.n, 3);
    assert_int_equal(options.plan.zones.n, 0);
    assert_null(options.cloud.brick_model);
    assert_true(options.clock_offset_ms == 5000);
    assert_true(options.duration_ms == UINT64_MAX);
    gw_options_release(&options);
    assert_int_equal(
        read_options(
            &options, memory, sizeof(memory),
            "--generate 9 --plain --sites 3 --zones Europe/Berlin,Asia/Tokyo --isps telecom --relapse 5% "
            "--relapse-after 40ms --takeover 30% --brick-model gone:1% --brick-model sag-100wm:60%",
            &err),
        GW_OK);
    assert_int_equal(options.plan.sites, 3);
    assert_int_equal(options.plan.zones.n, 2);
    assert_int_equal(options.plan.isps.n, 1);
    assert_int_equal(options.cloud.relapse_bp, 500);
    assert_int_equal(options.cloud.relapse_after_ms, 40);
    assert_int_equal(options.cloud.takeover_bp, 3000);
    assert_string_equal(options.cloud.brick_model, "sag-100wm");
    assert_int_equal(options.cloud.brick_model_bp, 6000);
    gw_options_release(&options);
    assert_int_equal(
        read_options(&options, memory, sizeof(memory),
                     "--generate 1 --plain --validity 45s --begin 90s --slow 1% --older 2% "
                     "--older-version 2.0.9 --flip 3% --flip-after 1m --flap 4% --flap-every 50s "
                     "--flap-for 20s --foreign 5%",
                     &err),
        GW_OK);
    assert_int_equal(options.cloud.validity_ms, 45000);
    assert_int_equal(options.cloud.begin_ms, 90000);
    assert_int_equal(options.cloud.slow_bp, 100);
    assert_int_equal(options.cloud.older_bp, 200);
    assert_string_equal(options.cloud.older_version, "2.0.9");
    assert_int_equal(options.cloud.flip_bp, 300);
    assert_int_equal(options.cloud.flip_after_ms, 60000);
    assert_int_equal(options.cloud.flap_bp, 400);
    assert_int_equal(options.cloud.flap_every_ms, 50000);
    assert_int_equal(options.cloud.flap_for_ms, 20000);
    assert_int_equal(options.cloud.foreign_bp, 500);
    assert_int_equal(options.token_life_ms, 0);
    gw_options_release(&options);
    assert_int_equal(read_options(&options, memory, sizeof(memory),
                                  "--generate 1 --plain --foreign-after 7s --stale 6% --stale-by 8s "
                                  "--read-error 9% --token-life 10m --shuffle 1% --appear 2% --appear-after "
                                  "3h --leave 4% --leave-after 5h --auto 6% --cold 7% --beta a,b --closed c",
                                  &err),
                     GW_OK);
    assert_int_equal(options.cloud.foreign_after_ms, 7000);
    assert_int_equal(options.cloud.stale_bp, 600);
    assert_int_equal(options.cloud.stale_ms, 8000);
    assert_int_equal(options.cloud.read_error_bp, 900);
    assert_int_equal(options.token_life_ms, 600000);
    assert_int_equal(options.cloud.validity_ms, 900000);
    assert_int_equal(options.cloud.shuffle_bp, 100);
    assert_int_equal(options.cloud.appear_bp, 200);
    assert_int_equal(options.cloud.appear_after_ms, 3 * 3600000);
    assert_int_equal(options.cloud.leave_bp, 400);
    assert_int_equal(options.cloud.leave_after_ms, 5 * 3600000);
    assert_int_equal(options.cloud.auto_bp, 600);
    assert_int_equal(options.cloud.cold_bp, 700);
    assert_int_equal(options.beta.n, 2);
    assert_string_equal(options.closed.word[0], "c");
    gw_options_release(&options);
    assert_int_equal(
        read_options(&options, memory, sizeof(memory),
                     "--generate 1 --plain --role arn,ext@acc:hub --role arn2@acc --oidc tok@acc "
                     "--sts-life 20s --sts-garbage 2 --sts-down 3s --sts-down-after 4s "
                     "--metadata-port 0 --metadata-role night@acc --imdsv2-only",
                     &err),
        GW_OK);
    assert_int_equal(options.sts.n_roles, 2);
    assert_string_equal(options.sts.role[0].trusts, "hub");
    assert_string_equal(options.sts.token[0].text.bytes, "tok");
    assert_ptr_equal(options.sts.keys, &options.keys);
    assert_int_equal(options.sts.life_ms, 20000);
    assert_int_equal(options.sts.garbage, 2);
    assert_int_equal(options.sts.down_for_ms, 3000);
    assert_int_equal(options.sts.down_from_ms, 4000);
    assert_int_equal(options.metadata_port, 0);
    assert_string_equal(options.metadata.role, "night");
    assert_string_equal(options.metadata.account, "acc");
    assert_true(options.metadata.v2_only);
    assert_ptr_equal(options.metadata.sts, &options.sts);
    gw_options_release(&options);
    assert_int_equal(read_options(&options, memory, sizeof(memory), "--help", &err), GW_OK);
    assert_true(options.help);
    gw_options_release(&options);
}

static void test_bad_options(void **state)
{
    static const char *const bad[] = {
        "",
        "--plain",
        "--generate 5",
        "--generate 5 --plain --tls-self f",
        "--generate 5 --tls-cert f",
        "--generate 5 --plain --tls-key f",
        "--generate 5 --plain --tls-host h",
        "--generate 5 --fleet f --plain",
        "--fleet f --plain --write-inventory g",
        "--generate 0 --plain",
        "--generate 1000000 --plain",
        "--generate 5 --plain --port 65536",
        "--generate 5 --plain --pairs 101%",
        "--generate 5 --plain --update-rate 0/s",
        "--generate 5 --plain --upgrade-ms 300",
        "--generate 5 --plain --upgrade-ms 300-200",
        "--generate 5 --plain --upgrade-ms 3x-200",
        "--generate 5 --plain --clock-offset --20m",
        "--generate 5 --plain --container round",
        "--generate 5 --plain --key x",
        "--generate 5 --plain --threads 0",
        "--generate 5 --plain --regions a,,b",
        "--generate 5 --plain left",
        "--generate 5 --plain --sites 0",
        "--generate 5 --plain --flap-for 3s",
        "--generate 5 --plain --flap 101%",
        "--generate 5 --plain --stale-by soon",
        "--generate 5 --plain --role arn",
        "--generate 5 --plain --oidc tok",
        "--generate 5 --plain --metadata-port 0 --metadata-role night",
        "--generate 5 --plain --metadata-role night@acc",
        "--generate 5 --plain --imdsv2-only",
        "--generate 5 --plain --metadata-port 65536",
        "--generate 5 --plain --brick-model sag-1000",
        "--generate 5 --plain --brick-model :5%",
        "--generate 5 --plain --brick-model sag-1000:101%",
    };
    struct gw_options options;
    char memory[512];
    struct gw_err err;

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (read_options(&options, memory, sizeof(memory), bad[i], &err) != GW_ERR_USAGE)
            fail_msg("taken: %s", bad[i]);
        assert_true(err.text[0] != '\0');
        gw_options_release(&options);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_made_up_and_read_back, begin_place, end_place),
        cmocka_unit_test_setup_teardown(test_sites_zones_and_carriers, begin_place, end_place),
        cmocka_unit_test_setup_teardown(test_reads_what_it_needs, begin_place, end_place),
        cmocka_unit_test_setup_teardown(test_bad_fleets_name_the_line, begin_place, end_place),
        cmocka_unit_test_setup_teardown(test_faults_file, begin_place, end_place),
        cmocka_unit_test_setup_teardown(test_truth_file, begin_place, end_place),
        cmocka_unit_test_setup_teardown(test_ledger_lines, begin_place, end_place),
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_bad_options),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
