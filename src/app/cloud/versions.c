/* Which versions the vendor offers to a gateway: one question, and a table. */
#include "gatewave/app/versions.h"

#include <stdlib.h>

#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/base/when.h"
#include "gatewave/store/inventory.h"

#include "one.h"
#include "reads.h"

#define DEVICES_MOST 2

struct gw_versions {
    struct gw_session *session;
    const char *gateway_id;
    bool dpi, found, asked;
    char *account, *region;
    struct {
        char serial[GW_SERIAL_MAX], version[GW_VERSION_MAX];
    } device[DEVICES_MOST];
    uint32_t n_devices;
    struct gw_answer answer;
    struct gw_seen_versions *seen;
};

static void gw_versions_gateway(void *user, const struct gw_gateway *gateway)
{
    struct gw_versions *versions = user;

    versions->found = true;
    versions->account = gw_mem_dup(gateway->account);
    versions->region = gw_mem_dup(gateway->region);
}

static bool gw_versions_device(void *user, const struct gw_device *device)
{
    struct gw_versions *versions = user;
    uint32_t d = versions->n_devices;

    if (device->gone_unix_ms || d == DEVICES_MOST)
        return true;
    (void)gw_text_copy(versions->device[d].serial, sizeof(versions->device[d].serial),
                       device->column[GW_COLUMN_SERIAL]);
    (void)gw_text_copy(versions->device[d].version, sizeof(versions->device[d].version),
                       device->column[versions->dpi ? GW_COLUMN_DPI_VERSION : GW_COLUMN_VERSION]);
    versions->n_devices++;
    return true;
}

/* ---- asking ---- */

static bool gw_versions_next(void *user, uint32_t lane, struct gw_ask *ret)
{
    struct gw_versions *versions = user;

    (void)lane;
    if (versions->asked)
        return false;
    versions->asked = true;
    *ret = (struct gw_ask){.action = GW_ACTION_GATEWAY_VERSIONS,
                           .version_type = versions->dpi ? GW_VERSION_TYPE_DPI : GW_VERSION_TYPE_DEVICE};
    (void)gw_text_copy(ret->gateway_id, sizeof(ret->gateway_id), versions->gateway_id);
    return true;
}

static void gw_versions_told(void *user, uint32_t lane, const struct gw_ask *ask, const struct gw_told *told)
{
    struct gw_versions *versions = user;

    (void)lane;
    (void)ask;
    versions->answer = told->answer;
    if (told->answer.proof == GW_PROOF_ACCEPTED)
        *versions->seen = *told->versions;
}

static enum gw_code gw_versions_refused(const struct gw_versions *versions, struct gw_err *err)
{
    enum gw_code code = GW_ERR_INPUT;
    char sentence[512];

    if (versions->answer.class_ == GW_CLASS_CREDENTIAL || versions->answer.class_ == GW_CLASS_IDENTITY ||
        versions->answer.class_ == GW_CLASS_CLOCK || versions->answer.class_ == GW_CLASS_RISK)
        code = GW_ERR_CREDENTIALS;
    else if (versions->answer.class_ == GW_CLASS_ENDPOINT || versions->answer.class_ == GW_CLASS_UNTRUSTED)
        code = GW_ERR_NETWORK;
    gw_reads_sentence(&versions->answer, sentence, sizeof(sentence));
    return gw_err_set(err, code, "the versions for %s: %s", versions->gateway_id, sentence);
}

static enum gw_code gw_versions_ask(struct gw_versions *versions, const char *profile, struct gw_err *err)
{
    const struct gw_config *config = &versions->session->config;
    const struct gw_reads_caller caller = {
        .next = gw_versions_next, .told = gw_versions_told, .user = versions};
    struct gw_reads_lane lane = {.account = versions->account, .region = versions->region};
    struct gw_loop *loop = gw_loop_new();
    struct gw_keys *keys = NULL;
    struct gw_reads *reads = NULL;
    enum gw_code code =
        gw_endpoint_resolve(lane.region, config->cloud.endpoint, config->cloud.vpc, &lane.endpoint, err);

    if (code == GW_OK) {
        keys = gw_keys_new(loop, config, &versions->session->taken, profile, err);
        code = keys ? gw_keys_obtain(keys, lane.account, err) : err->code;
    }
    if (code == GW_OK) {
        reads = gw_reads_new(loop, config, &lane, 1, keys, &caller, false, err);
        code = reads ? GW_OK : err->code;
    }
    if (code == GW_OK) {
        gw_reads_run(reads);
        if (versions->answer.proof != GW_PROOF_ACCEPTED)
            code = gw_versions_refused(versions, err);
    }
    gw_reads_free(reads);
    gw_keys_free(keys);
    gw_loop_free(loop);
    return code;
}

/* ---- showing ---- */

/* The serials of the devices that run it, with a blank between them; one without a serial is its gateway. */
static void gw_versions_running(const struct gw_versions *versions, const char *version, struct gw_buf *ret)
{
    gw_buf_reset(ret);
    for (uint32_t d = 0; d < versions->n_devices; d++)
        if (gw_text_equal(versions->device[d].version, version))
            gw_buf_addf(ret, "%s%s", ret->len ? " " : "",
                        versions->device[d].serial[0] ? versions->device[d].serial : versions->gateway_id);
}

static void gw_versions_table(const struct gw_versions *versions)
{
    static const struct gw_output_column columns[] = {{.name = "version"},
                                                      {.name = "type"},
                                                      {.name = "created"},
                                                      {.name = "running"},
                                                      {.name = "name", .detail = true}};
    struct gw_session *session = versions->session;
    struct gw_output *output =
        gw_output_new(&session->out, session->format ? session->format : GW_OUTPUT_TABLE, GW_OUTPUT_ROWS,
                      columns, GW_COUNT_OF(columns));
    struct gw_buf running;

    gw_buf_init(&running, 0);
    for (uint32_t i = 0; i < versions->seen->n; i++) {
        const struct gw_seen_version *version = &versions->seen->version[i];
        char created[GW_WHEN_TEXT_SIZE] = "";
        const char *cells[GW_COUNT_OF(columns)] = {version->code,
                                                   version->release ? "release"
                                                   : version->beta  ? "beta"
                                                                    : "",
                                                   created, NULL, version->name};

        if (version->created_unix_ms)
            gw_when_text(version->created_unix_ms, created);
        gw_versions_running(versions, version->code, &running);
        cells[3] = gw_buf_text(&running);
        if (!gw_output_row(output, cells))
            break;
    }
    gw_output_end(output);
    gw_buf_release(&running);
}

static void gw_versions_say(const struct gw_versions *versions)
{
    const char *release = NULL;

    for (uint32_t i = 0; i < versions->seen->n && !release; i++)
        if (versions->seen->version[i].release)
            release = versions->seen->version[i].code;
    if (versions->seen->n == 0)
        gw_session_say(versions->session, "the vendor offers nothing to %s", versions->gateway_id);
    for (uint32_t d = 0; d < versions->n_devices; d++) {
        bool offered = versions->device[d].version[0] == '\0';

        for (uint32_t i = 0; i < versions->seen->n; i++)
            offered |= gw_text_equal(versions->seen->version[i].code, versions->device[d].version);
        if (!offered)
            gw_session_say(versions->session, "%s runs %s, which is not offered",
                           versions->device[d].serial[0] ? versions->device[d].serial : versions->gateway_id,
                           versions->device[d].version);
    }
    gw_session_next(versions->session, "run --version %s --select EXPR", release ? release : "V");
}

enum gw_code gw_versions_show(struct gw_session *session, const char *profile, const char *gateway_id,
                              bool dpi, struct gw_err *err)
{
    struct gw_versions versions = {.session = session, .gateway_id = gateway_id, .dpi = dpi};
    struct gw_select own;
    enum gw_code code = gw_gateway_select(session, gateway_id, &own, err);

    versions.seen = gw_mem_new(1, sizeof(*versions.seen));
    if (code == GW_OK)
        code = gw_gateway_find(session->store, gateway_id, gw_versions_gateway, &versions, err);
    if (code == GW_OK && !versions.found)
        code = gw_err_set(
            err, GW_ERR_NOT_FOUND,
            "no gateway %s in the inventory of %s; `gatewave inventory sync` asks the cloud what there is",
            gateway_id, gw_store_file(session->store));
    if (code == GW_OK)
        code = gw_devices_each(session->store, &own, gw_versions_device, &versions, err);
    if (code == GW_OK)
        code = gw_versions_ask(&versions, profile, err);
    if (code == GW_OK) {
        gw_versions_table(&versions);
        gw_versions_say(&versions);
    }
    free(versions.account);
    free(versions.region);
    free(versions.seen);
    return code;
}
