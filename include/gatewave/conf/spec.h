#ifndef GATEWAVE_CONF_SPEC_H
#define GATEWAVE_CONF_SPEC_H
/*
 * The two YAML files that people write, turned into checked values. Every scalar is text and goes through
 * base's strict parsers; unknown keys, duplicate keys and values out of range are all reported in one go,
 * each with file:line:column and the line with a caret under the place. Defaults are filled in; the structs
 * own their text.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/err.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/secret.h"
#include "gatewave/conf/window.h"
#include "gatewave/core/gate.h"

struct gw_pace_spec {
    struct gw_rate rate, read_rate;         /* calls == 0: not said, the configuration's limits apply */
    uint32_t in_flight, upgrading;          /* 0: not said */
    uint32_t per_site, per_region, per_isp; /* units upgrading at once in one of them; 0: not said */
};

#define GW_ACCOUNTS_MAX 64
#define GW_REGIONS_MAX  16
#define GW_REGION_MAX   40

struct gw_region_list {
    size_t n;
    char name[GW_REGIONS_MAX][GW_REGION_MAX];
};

/* One of several accounts in one fleet: the inventory's `account` column names it. */
struct gw_account_spec {
    char *name;
    char *profile;                /* "": the default chain */
    struct gw_region_list region; /* where a sync looks; none: wherever the vendor serves */
};

/* What can be heard of, as a set of bits. */
enum gw_notice {
    GW_NOTICE_STARTED = 1,
    GW_NOTICE_APPROVAL = 2, /* a wave waits for it */
    GW_NOTICE_HELD = 4,     /* a gate, or something that a person must mend, holds it up */
    GW_NOTICE_ABORTED = 8,  /* by a gate or by a person */
    GW_NOTICE_FINISHED = 16,
    GW_NOTICE_CREDENTIALS = 32, /* refused, or none to be had; or the clock, or the permission */
    GW_NOTICE_GIVEN_UP = 64,    /* a night leaves a gateway to a person that it had not left before */
    GW_NOTICE_NIGHT = 128,      /* a night is over, or could not begin */
    GW_NOTICE_ALL = 255,
    GW_NOTICE_TEST = 256, /* asked for by a person; nobody subscribes to it */
};
/* started, approval, ...; notice is one of them. */
const char *gw_notice_name(enum gw_notice notice);

enum gw_notify_form {
    GW_NOTIFY_JSON = 0,
    GW_NOTIFY_DINGTALK,
    GW_NOTIFY_SLACK,
    GW_NOTIFY_FEISHU,
};

#define GW_NOTIFY_MAX 16

/* One webhook that hears of rollouts. */
struct gw_notify_spec {
    char *name;           /* no other has it */
    struct gw_secret url; /* as in gatewave/conf/webhook.h; never shown */
    enum gw_notify_form form;
    uint32_t events; /* of enum gw_notice */
};

/* gatewave.yaml */
struct gw_config {
    char *file;     /* where it was read from; "" for the built-in defaults */
    char *database; /* resolved: absolute, or relative to the working directory when there is no file */
    struct {
        char *endpoint;
        bool v1;               /* signature: v1 */
        bool xml;              /* format: xml */
        bool vpc;              /* network: vpc */
        char *ca_file, *proxy; /* ca_file is relative to the configuration file */
        uint64_t connect_timeout_ms, call_timeout_ms;
    } cloud;
    char *profile; /* credentials.profile */
    char *
        sts_endpoint; /* credentials.sts_endpoint; "": by region, or cloud.endpoint where that is on loopback */
    /* None: one account, which the inventory may call as it likes, with credentials.profile. */
    struct gw_account_spec account[GW_ACCOUNTS_MAX];
    size_t n_accounts;
    struct {
        struct gw_rate rate, read_rate;
        uint32_t in_flight;   /* calls without an answer, or in doubt */
        uint32_t connections; /* of these, how many travel at once; the others have their intent durable */
    } limits;
    struct {
        uint64_t fence_ms; /* default 17m; anything else is refused unless the endpoint is on loopback */
        uint64_t agree_ms; /* likewise; default 60s */
        bool pre_read;     /* likewise; default true */
        char *metadata;    /* likewise; the metadata service's URL instead of the vendor's address */
    } testing;
    struct {
        char *textfile; /* Prometheus' text format, relative to the configuration file; "": none */
    } metrics;
    struct gw_notify_spec notify[GW_NOTIFY_MAX];
    size_t n_notify;
};

void gw_config_release(struct gw_config *config);
/* The defaults alone (no file anywhere). */
void gw_config_init(struct gw_config *config);
/*
 * On failure *problems holds the whole report (several lines), and err the summary line; a file that cannot be opened
 * has a summary only. ret is written on success only and need not be initialised. An empty file says the defaults.
 */
enum gw_code gw_config_read(const char *file, struct gw_config *ret, struct gw_buf *problems,
                            struct gw_err *err);

#define GW_WAVES_MAX        32
#define GW_GATE_BASELINE_BP 100 /* the normal share of failures until another was learned */

struct gw_gate_spec {
    bool baseline_auto;       /* to be learned; until then rule.baseline_bp is GW_GATE_BASELINE_BP */
    uint32_t max_failed;      /* so many failures are let pass; 0: no such limit */
    struct gw_gate_rule rule; /* the alarm is above the baseline; failed_limit is 0, max_failed says it */
};

/*
 * gate, pace and window are what holds for this wave: its own values where it says some, the rollout's for all that it
 * leaves out. Exactly one of count, share_bp and rest is set.
 */
struct gw_wave_spec {
    char *name; /* no other wave has it */
    uint32_t count;
    uint32_t share_bp; /* of the whole selection */
    bool rest;         /* the last wave only */
    uint64_t soak_ms;
    bool approve;
    struct gw_gate_spec gate;
    bool has_gate; /* it says some of its own */
    struct gw_pace_spec pace;
    bool has_pace;
    struct gw_window_spec window; /* given: it has one, its own or the rollout's */
    bool has_window;
};

/* ROLLOUT.yaml. A large struct: some 50 kB. */
struct gw_spec {
    char *name; /* rollout */
    char *version;
    bool dpi;       /* type: Dpi */
    bool downgrade; /* the version is older than what the devices run: what a rollback asks for */
    char *select;   /* checked by gw_select_parse */
    struct gw_wave_spec wave[GW_WAVES_MAX];
    size_t n_waves; /* 0: not said */
    struct gw_gate_spec gate;
    struct gw_pace_spec pace;
    struct gw_window_spec window;
    uint64_t pair_soak_ms; /* between the two devices of a pair */
    uint32_t attempts;
    uint64_t backoff_first_ms, backoff_longest_ms, offline_ms;
    bool verify; /* verify: off makes it false */
    uint64_t every_ms, slow_ms, stuck_ms;
};

void gw_spec_release(struct gw_spec *spec);
/*
 * Name, version and select are empty. Defaults: attempts 5, first 1s, longest 60s, offline 30m, every 30s, slow 20m,
 * stuck 60m; pair_soak 5m; downgrade false; baseline auto, alarm 8%, least 20, no hard limits; no waves; no window, and
 * of one that is said: zone gateway, all days, cutoff 20m; of a wave: soak 0s, approve false.
 */
void gw_spec_init(struct gw_spec *spec);
/* Keeps the first n waves and forgets the others; without any, the rollout is as its own keys say. */
void gw_spec_keep_waves(struct gw_spec *spec, size_t n);
enum gw_code gw_spec_read(const char *file, struct gw_spec *ret, struct gw_buf *problems, struct gw_err *err);
/* The same from text, as when a rollout is resumed from what the database froze; `file` is for messages. */
enum gw_code gw_spec_parse(const char *text, size_t len, const char *file, struct gw_spec *ret,
                           struct gw_buf *problems, struct gw_err *err);
/*
 * For what only the inventory can tell: puts the reason, which is err's text, into problems, at the size of that wave
 * (from 0) or at `select` in the file, and makes err the summary line. A file that no longer says it leaves both alone.
 */
#define GW_SPEC_SELECT SIZE_MAX
void gw_spec_report_late(const char *file, size_t wave, struct gw_buf *problems, struct gw_err *err);
/*
 * Writes a spec as the YAML that reads back to it, whatever its texts hold, every value said (of pace and of the gate's
 * hard limits what was said; the times of verify not where it is off): what the database keeps.
 */
void gw_spec_write(const struct gw_spec *spec, struct gw_buf *ret);

#endif
