/* Requests in memory, in the place of libmicrohttpd. */
#include "wires.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

#include "verify.h"
#include "wire.h"

struct fuzz_inside {
    struct gw_wire wire;
    struct gw_params params;
    struct gw_keyring keys;
    struct gw_proof proof;
    char *memory;
};

/* Cuts the line off that begins at *p, which is moved behind it. */
static char *cut_line(char **p)
{
    char *line = *p, *end = strchr(line, '\n');

    *p = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return line;
}

/* What stands behind the first of that sign, which becomes the end of what is before it; "" when there is none. */
static const char *cut_behind(char *text, char sign)
{
    char *at = strchr(text, sign);

    if (!at)
        return "";
    *at = '\0';
    return at + 1;
}

static void add_header(struct gw_wire *wire, char *line)
{
    const char *value = strchr(line, ':') ? cut_behind(line, ':') : NULL;

    if (!value || wire->n_headers == GW_WIRE_HEADERS_MAX)
        return;
    wire->header[wire->n_headers].name = line;
    wire->header[wire->n_headers++].value = value + strspn(value, " \t");
}

static void read_wire(struct fuzz_inside *inside, const char *bytes, size_t len)
{
    char *p = inside->memory = gw_mem_text(bytes, len);
    char *line = cut_line(&p), *target;

    inside->wire.method = line;
    inside->wire.path = target = (char *)(uintptr_t)cut_behind(line, ' ');
    inside->wire.query = *target ? cut_behind(target, '?') : "";
    while (*p && *(line = cut_line(&p)))
        add_header(&inside->wire, line);
    inside->wire.body = p;
    inside->wire.body_len = len - (size_t)(p - inside->memory);
}

void fuzz_request_read(struct fuzz_request *request, const char *bytes, size_t len, const char *const *keys)
{
    struct fuzz_inside *inside = gw_mem_new(1, sizeof(*inside));
    const struct gw_proof *proof = &inside->proof;

    *request = (struct fuzz_request){.inside = inside};
    for (; *keys; keys++)
        GW_CHECK(!gw_keyring_add(&inside->keys, *keys));
    read_wire(inside, bytes, len);
    gw_proof_init(&inside->proof);
    request->wrong = gw_params_read(&inside->params, &inside->wire);
    if (request->wrong)
        return;
    gw_verify(&inside->keys, &inside->wire, &inside->params, &inside->proof);
    request->proven = proof->code == NULL;
    request->action = proof->action;
    request->version = proof->version;
    request->nonce = proof->nonce;
    request->account = request->proven ? proof->key->account : NULL;
    request->signed_ms = proof->signed_ms;
    request->refused_status = proof->http_status;
    request->refused_code = proof->code;
    request->refused_message = gw_buf_text(&proof->message);
}

void fuzz_request_take(struct fuzz_request *request, const struct gw_http_request *from,
                       const char *const *keys)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    gw_buf_addf(&text, "POST %s\n", from->target);
    for (size_t i = 0; i < from->n_headers; i++)
        gw_buf_addf(&text, "%s\n", from->header[i]);
    gw_buf_add_char(&text, '\n');
    gw_buf_add(&text, from->body, from->body_len);
    fuzz_request_read(request, text.data, text.len, keys);
    gw_buf_release(&text);
}

void fuzz_request_release(struct fuzz_request *request)
{
    struct fuzz_inside *inside = request->inside;

    gw_proof_release(&inside->proof);
    gw_params_release(&inside->params);
    gw_keyring_release(&inside->keys);
    free(inside->memory);
    free(inside);
}

const char *fuzz_request_param(const struct fuzz_request *request, const char *name)
{
    return gw_params_get(&request->inside->params, name);
}

void fuzz_request_ask(const struct fuzz_request *request, struct gw_cloud *cloud, const char *account,
                      uint64_t now_ms, struct gw_cloud_response *ret)
{
    const struct gw_params *params = &request->inside->params;
    struct gw_cloud_request asked = {.account = account,
                                     .action = request->action,
                                     .param = (const char *const(*)[2])params->pair,
                                     .n_params = params->n,
                                     .now_ms = now_ms,
                                     .nonce = request->nonce,
                                     .signed_ms = request->signed_ms};

    gw_cloud_handle(cloud, &asked, ret);
}
