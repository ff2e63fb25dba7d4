#ifndef GATEWAVE_SRC_SIM_MODEL_H
#define GATEWAVE_SRC_SIM_MODEL_H
/*
 * What the parts of the model share: the fleet, the question at hand, and the parts' own entry points. Each part calls
 * only those that stand above it here.
 */
#include "gatewave/base/ring.h"
#include "gatewave/sim/cloud.h"
#include "nonce.h"
#include "table.h"

#define GW_SIM_NONE  UINT32_MAX /* no such gateway or device */
#define GW_SIM_NEVER UINT64_MAX

enum gw_sim_life {
    GW_SIM_ONLINE = 1,
    GW_SIM_OFFLINE,
    GW_SIM_UPGRADING
};

/* A script's answer to update calls: the first `left` of them. */
struct gw_sim_script {
    const char *refuse; /* a code, or NULL */
    uint32_t refuse_left;
    uint32_t internal_left, before_left, after_left;
    uint32_t lost_reply_left, lost_request_left;
};

struct gw_sim_device {
    const char *serial, *version, *dpi_version;
    enum gw_cloud_role role; /* as it was added; which one is active now, the gateway knows */
    uint32_t gateway;
    enum gw_sim_life life;
    uint64_t until_ms;            /* when an OFFLINE or UPGRADING life ends; GW_SIM_NEVER: it does not */
    uint64_t started_ms;          /* when it last came up */
    uint64_t begin_ms;            /* when an accepted upgrade begins; GW_SIM_NEVER: there is none */
    uint64_t lasts_ms;            /* ... and how long it takes then */
    uint64_t relapse_ms;          /* when an upgrade turns out not to have lasted; GW_SIM_NEVER: it lasts */
    const char *pending, *before; /* the version that an upgrade brings, and the one that it takes away */
    bool pending_is_dpi;
    bool brick, stay, slow, older, relapse, flaps;
    uint64_t foreign_ms;         /* when somebody else wants to upgrade it; GW_SIM_NEVER: nobody does */
    const char *foreign_version; /* ... to this; NULL: to what is drawn */
    bool foreign;                /* the present or last upgrade is somebody else's doing */
    uint32_t received, judged,
        effective; /* update calls: all, those past the throttle, those that began an upgrade */
    uint32_t n_foreign;
    struct gw_sim_script script;
    uint32_t n_policy;              /* changes of it that were asked for */
    struct gw_cloud_policy *policy; /* [dpi]; NULL: that with which they come */
};

/* What a read can tell of a gateway, as it was until some moment. */
struct gw_sim_past {
    uint64_t until_ms;
    struct {
        uint32_t device;
        const char *version, *dpi_version;
        uint64_t started_ms;
        bool online; /* but for its flaps */
    } of[2];         /* active first */
};

#define GW_SIM_PAST_MAX 8

struct gw_sim_gateway {
    const char *gateway_id, *account, *region, *model, *name, *isp;
    uint32_t n_devices;
    uint32_t device[2]; /* active first */
    bool switches, takes_over;
    bool cold;                    /* its standby is switched off until a person changes them over */
    uint64_t appear_ms, leave_ms; /* it is there from the one on, until the other; 0, GW_SIM_NEVER: always */
    uint64_t flip_ms;             /* when its roles swap by themselves; GW_SIM_NEVER: they do not */
    struct gw_sim_past *past; /* the last GW_SIM_PAST_MAX of them, in a ring; NULL: nothing has happened */
    uint32_t n_past;          /* that there ever were */
    const char *refuse;       /* the permanent code that it was drawn, or NULL */
};

/* The calls of one kind that one account may make in one region. */
struct gw_sim_bucket {
    struct gw_ring ring;
};

struct gw_cloud {
    struct gw_cloud_options options;
    uint64_t calm_ms;        /* from then on nothing flaps, flips, or is upgraded by others */
    struct gw_table text;    /* every word the model keeps, once; equal words are one pointer */
    struct gw_table ids;     /* gateway_id -> gateway[] */
    struct gw_table serials; /* serial -> device[] */
    struct gw_table keys;    /* bucket's name -> bucket[] */
    struct gw_sim_gateway *gateway;
    struct gw_sim_device *device;
    struct gw_sim_bucket *bucket;
    uint32_t gateway_room, device_room, bucket_room;
    const char *version[2][GW_CLOUD_VERSIONS_MAX]; /* [dpi] */
    bool beta[2][GW_CLOUD_VERSIONS_MAX];
    uint32_t n_versions[2];
    const char *closed[GW_CLOUD_CLOSED_MAX]; /* regions */
    uint32_t n_closed;
    struct gw_nonce_book nonces;
};

/* One request, with its common parameters looked up. */
struct gw_sim_ask {
    struct gw_cloud *cloud;
    const struct gw_cloud_request *request;
    uint64_t now_ms;
    const char *account, *region; /* the model's own words for them; NULL: it has none, so nothing is there */
    const char *gateway_id;       /* as asked; NULL: not asked */
    const char *serial;           /* as asked, by either of its names */
    uint32_t gateway;             /* GW_SIM_NONE: not asked, or not this account's, or not in this region */
    uint32_t device;              /* GW_SIM_NONE: not asked, or not of this gateway */
};

/* draw.c: faults by stable hash. */
enum gw_sim_salt {
    GW_SALT_OFFLINE = 1,
    GW_SALT_OFFLINE_FOREVER,
    GW_SALT_BRICK,
    GW_SALT_STAY,
    GW_SALT_SWITCH,
    GW_SALT_REFUSE,
    GW_SALT_REFUSE_CODE,
    GW_SALT_FLAKY,
    GW_SALT_INTERNAL,
    GW_SALT_INTERNAL_AFTER,
    GW_SALT_LOST_REPLY,
    GW_SALT_LOST_REQUEST,
    GW_SALT_DURATION,
    GW_SALT_RELAPSE,
    GW_SALT_RELAPSE_DARK,
    GW_SALT_TAKEOVER,
    GW_SALT_SLOW,
    GW_SALT_OLDER,
    GW_SALT_BEGIN,
    GW_SALT_FLAP,
    GW_SALT_FLAP_FROM,
    GW_SALT_FLIP,
    GW_SALT_FLIP_AT,
    GW_SALT_FOREIGN,
    GW_SALT_FOREIGN_AT,
    GW_SALT_FOREIGN_VERSION,
    GW_SALT_READ_ERROR,
    GW_SALT_READ_ERROR_CODE,
    GW_SALT_STALE,
    GW_SALT_STALE_AGE,
    GW_SALT_SHUFFLE,
    GW_SALT_SHUFFLE_ROW,
    GW_SALT_APPEAR,
    GW_SALT_APPEAR_AT,
    GW_SALT_LEAVE,
    GW_SALT_LEAVE_AT,
    GW_SALT_AUTO,
    GW_SALT_POLICY,
    GW_SALT_COLD,
};
/* In [0, n), from seed, salt, text and nth. */
uint64_t gw_sim_draw(const struct gw_cloud *cloud, enum gw_sim_salt salt, const char *text, uint32_t nth,
                     uint64_t n);
/* True for bp of 10,000. */
bool gw_sim_chance(const struct gw_cloud *cloud, enum gw_sim_salt salt, const char *text, uint32_t nth,
                   uint32_t bp);
/* About after_ms after the start. */
uint64_t gw_sim_moment(const struct gw_cloud *cloud, enum gw_sim_salt salt, const char *text,
                       uint64_t after_ms);

/* order.c: <0, 0, >0. Runs of digits compare as numbers, all else separates; a missing run is 0. */
int gw_sim_version_order(const char *a, const char *b);

/* presence.c: whether the fleet has that gateway now, and when it will and will not. */
bool gw_sim_here(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway, uint64_t now_ms);
void gw_sim_presence_born(struct gw_cloud *cloud, struct gw_sim_gateway *gateway);
uint64_t gw_sim_appear_moment(const struct gw_cloud *cloud, const char *gateway_id);
uint64_t gw_sim_leave_moment(const struct gw_cloud *cloud, const char *gateway_id);

/* flap.c: whether the device is in one of its flaps, and when that one ends. */
bool gw_sim_flaps(const struct gw_cloud *cloud, const struct gw_sim_device *device, uint64_t at_ms,
                  uint64_t *ret_end_ms);

/* device.c: devices are settled before they are looked at. */
bool gw_sim_device_online(const struct gw_cloud *cloud, const struct gw_sim_device *device, uint64_t now_ms);
bool gw_sim_device_upgrading(const struct gw_sim_device *device);
/* When it is online and has no upgrade before it; 0: it is so now; GW_SIM_NEVER: never. */
uint64_t gw_sim_device_back_ms(const struct gw_cloud *cloud, const struct gw_sim_device *device,
                               uint64_t now_ms);
/* Its upgrade is accepted. */
void gw_sim_device_accept(struct gw_cloud *cloud, struct gw_sim_device *device, const char *version, bool dpi,
                          bool foreign, uint64_t now_ms);

/* foreign.c: what somebody else does to a device. */
uint64_t gw_sim_foreign_moment(const struct gw_cloud *cloud, const char *serial);
/* When, as far as can be told now. */
uint64_t gw_sim_foreign_ms(const struct gw_cloud *cloud, const struct gw_sim_device *device);
void gw_sim_foreign_upgrade(struct gw_cloud *cloud, struct gw_sim_device *device, uint64_t at_ms);

/* roles.c: which of a pair is the active one. */
void gw_sim_swap_roles(struct gw_sim_gateway *gateway);
/* The moment that is drawn for its roles to swap by themselves. */
uint64_t gw_sim_flip_moment(const struct gw_cloud *cloud, const char *gateway_id);
/* When they do so; GW_SIM_NEVER: never, or no more. And that moment coming: they swap if the standby is online. */
uint64_t gw_sim_flip_ms(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway);
void gw_sim_flip(const struct gw_cloud *cloud, struct gw_sim_gateway *gateway, uint64_t at_ms);

/* answer.c: what every action's answer is made of. */
/* The value of a parameter that was sent and is not empty, or NULL. */
const char *gw_sim_param(const struct gw_sim_ask *ask, const char *name);
/* Fills ret with an error; message is for people. */
void gw_sim_refuse(struct gw_cloud_response *ret, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Refuses with MissingParameter and returns true when value is NULL. */
bool gw_sim_misses(struct gw_cloud_response *ret, const char *value, const char *name);
/* Whether VersionType says Dpi; false, and ret filled, when it says neither that nor Device. */
bool gw_sim_version_type(const struct gw_sim_ask *ask, bool *ret_dpi, struct gw_cloud_response *ret);

/* policy.c: what a device does by itself about new versions. */
const struct gw_cloud_policy *gw_sim_policy(const struct gw_sim_device *device, bool dpi);
/* The policy for Device versions, of that type; false when there is no such type. */
bool gw_sim_policy_be(struct gw_sim_device *device, const char *type);
void gw_sim_policy_tell(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);
void gw_sim_policy_change(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);

/* life.c: what happens to a device by itself. */
void gw_sim_device_born(struct gw_cloud *cloud, struct gw_sim_device *device);
/* When the next thing happens to it by itself, and that thing happening. */
uint64_t gw_sim_device_next_ms(const struct gw_cloud *cloud, const struct gw_sim_device *device);
void gw_sim_device_happen(struct gw_cloud *cloud, struct gw_sim_device *device, uint64_t at_ms);

/* past.c: the gateway as it has been until until_ms, when something is about to happen to it. */
void gw_sim_past_keep(const struct gw_cloud *cloud, struct gw_sim_gateway *gateway, uint64_t until_ms);
/* What held at that moment; of a gateway with more of a past than is kept, the oldest that is. */
void gw_sim_past_at(const struct gw_cloud *cloud, const struct gw_sim_gateway *gateway, uint64_t at_ms,
                    struct gw_sim_past *ret);

/* settle.c: brings a gateway and its devices up to now: every reader calls this first. */
void gw_sim_settle(struct gw_cloud *cloud, uint32_t gateway, uint64_t now_ms);

/* see.c: which read is told of a gateway; each has its own idea of the present. */
enum gw_sim_read {
    GW_SIM_READ_LIST = 1,
    GW_SIM_READ_ATTRIBUTE,
    GW_SIM_READ_DEVICE,
    GW_SIM_READ_HA,
};
/* The gateway as that read tells it now: as it is, or as it was not longer than stale_ms ago. */
void gw_sim_see(struct gw_cloud *cloud, uint32_t index, enum gw_sim_read read, uint64_t now_ms,
                struct gw_cloud_seen_gateway *ret);

/* throttle.c: false, and ret filled, when this call is one too many. */
bool gw_sim_throttle_take(const struct gw_sim_ask *ask, bool update, struct gw_cloud_response *ret);

/* update.c, list.c and reads.c: the actions. */
/* The permanent code that a gateway was drawn, or NULL. */
const char *gw_sim_refusal(const struct gw_cloud *cloud, const char *gateway_id);
void gw_sim_update(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);
/* True, and refused, when this read meets an error by chance. */
bool gw_sim_read_fails(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);
void gw_sim_list(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);
void gw_sim_attribute(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);
void gw_sim_device_info(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);
void gw_sim_versions(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);
void gw_sim_ha(const struct gw_sim_ask *ask, struct gw_cloud_response *ret);

/* fleet.c: the standby of a cold pair is offline, for good. */
void gw_sim_chill(struct gw_cloud *cloud, const struct gw_sim_gateway *gateway);

#endif
