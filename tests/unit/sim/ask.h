#ifndef GW_TEST_SIM_ASK_H
#define GW_TEST_SIM_ASK_H
/* Requests to the model in one line, for its tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gatewave/sim/cloud.h"

#define ASK_PAIRS_MAX 70

/* One cloud and its last answer. */
struct ask {
    struct gw_cloud *cloud;
    uint64_t now_ms;
    const char *account;
    struct gw_cloud_response reply;
};

static inline void ask_begin(struct ask *ask, const struct gw_cloud_options *options)
{
    struct gw_cloud_options plain;

    gw_cloud_options_init(&plain);
    *ask = (struct ask){.cloud = gw_cloud_new(options ? options : &plain), .account = "main"};
    gw_cloud_add_version(ask->cloud, "2.4.0", false);
    gw_cloud_add_version(ask->cloud, "2.3.0", false);
    gw_cloud_add_version(ask->cloud, "2.10.0", false);
    gw_cloud_add_version(ask->cloud, "20260101_1_0-0.0.1", true);
}

static inline void ask_end(struct ask *ask)
{
    gw_cloud_free(ask->cloud);
}

static inline bool ask_add(struct ask *ask, const char *gateway_id, const char *serial,
                           enum gw_cloud_role role)
{
    return gw_cloud_add_device(ask->cloud, &(struct gw_cloud_device){.account = "main",
                                                                     .gateway_id = gateway_id,
                                                                     .region = "cn-shanghai",
                                                                     .serial = serial,
                                                                     .model = "sag-1000",
                                                                     .name = "a name",
                                                                     .isp = "telecom",
                                                                     .version = "2.3.0",
                                                                     .dpi_version = "20250101_1_0-0.0.1",
                                                                     .role = role});
}

/* Name, value, name, value, ..., NULL. */
static inline const char *ask_with(struct ask *ask, const char *action, va_list args)
{
    const char *pair[ASK_PAIRS_MAX][2];
    struct gw_cloud_request request = {.account = ask->account,
                                       .action = action,
                                       .param = (const char *const(*)[2])pair,
                                       .now_ms = ask->now_ms};

    for (const char *name = va_arg(args, const char *); name; name = va_arg(args, const char *)) {
        assert_true(request.n_params < ASK_PAIRS_MAX);
        pair[request.n_params][0] = name;
        pair[request.n_params++][1] = va_arg(args, const char *);
    }
    gw_cloud_handle(ask->cloud, &request, &ask->reply);
    return ask->reply.code ? ask->reply.code : "";
}

/* The code of the answer; "" for a success. */
static inline const char *ask_for(struct ask *ask, const char *action, ...)
{
    const char *code;
    va_list args;

    va_start(args, action);
    code = ask_with(ask, action, args);
    va_end(args);
    return code;
}

static inline const char *ask_update(struct ask *ask, const char *gateway_id, const char *serial,
                                     const char *version)
{
    return ask_for(ask, "UpdateSmartAccessGatewayVersion", "RegionId", "cn-shanghai", "SmartAGId", gateway_id,
                   "SerialNumber", serial, "VersionType", "Device", "VersionCode", version, NULL);
}

/* "2.3.0 online": what the device is in truth. */
static inline const char *ask_truth(struct ask *ask, const char *gateway_id, const char *serial)
{
    static char text[64];
    const char *version;
    bool online;

    assert_true(gw_cloud_truth(ask->cloud, gateway_id, serial, ask->now_ms, &version, &online));
    (void)snprintf(text, sizeof(text), "%s %s", version, online ? "online" : "offline");
    return text;
}

#endif
