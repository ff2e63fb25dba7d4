#ifndef GW_TEST_SIMSERVER_SERVED_H
#define GW_TEST_SIMSERVER_SERVED_H
/* The program gatewave-sim, started for a test, with a client that signs, and its ledger. */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <cjson/cJSON.h>
#include <curl/curl.h>

#include "gatewave/base/buf.h"

#define SERVED_WAIT_MS 10000 /* for a busy machine; nothing here waits that long in order */

struct served {
    pid_t pid;
    char folder[64], ledger[96], truth[96], ca[96], inventory[96], faults[96];
    char url[64], host[48]; /* https://127.0.0.1:4711, 127.0.0.1:4711 */
    char metadata[64];      /* http://127.0.0.1:4712, with --metadata-port */
    int port;
    CURL *curl;
    CURLcode rc; /* of the last call */
    long status;
    struct gw_buf head, body; /* of the last reply */
    unsigned n_nonces;
};

/* Starts it with ledger, truth and inventory in a folder of their own, and more arguments up to NULL. */
void served_begin(struct served *served, ...);
/* Asks it to stop, and returns its exit code. The files stay until served_end(). */
int served_stop(struct served *served);
void served_end(struct served *served);
/* Writes the faults file: before served_begin(), into a folder that it then uses. */
void served_faults(struct served *served, const char *text);
/* Runs the program to its end; its exit code. */
int served_run(const char *const argv[]);

/* What signs the next calls. */
struct served_key {
    const char *id, *secret, *token;
    const char *nonce;       /* NULL: a new one */
    const char *timestamp;   /* NULL: now */
    const char *api_version; /* of served_v1(); NULL: 2018-03-13 */
    bool xml;
};

extern const struct served_key served_default_key;

/*
 * A call signed ACS3-HMAC-SHA256; query is "A=1&B=2", sorted and encoded. Returns the reply's Code, "" for a success, or
 * "no reply"; head and body hold the rest.
 */
const char *served_v3(struct served *served, const struct served_key *key, const char *action,
                      const char *query);
/* The same with HMAC-SHA1 and a form's body. */
const char *served_v1(struct served *served, const struct served_key *key, const char *action,
                      const char *query);
/* A plain request, with a header unless it is NULL. The body stands in served->body. Returns the status. */
long served_get(struct served *served, const char *method, const char *url, const char *header);
/*
 * Sends raw bytes on a connection of its own and reads until the other side closes, or says nothing for wait_ms. Bytes
 * that are no whole request leave the server waiting for more: do not wait for it then.
 */
size_t served_raw(const struct served *served, const char *bytes, size_t len, int wait_ms, char *ret,
                  size_t size);
/* The head of a signed V3 request, for served_raw(); the body may follow. */
void served_v3_text(struct served *served, const char *action, const char *query, struct gw_buf *ret);

/* Line n of a file of JSON lines, counted from 0; NULL when there is none. cJSON_Delete() it. */
cJSON *served_line(const char *path, int n);
int served_count(const char *path);
const char *served_text(const cJSON *line, const char *name);
bool served_true(const cJSON *line, const char *name);

#endif
