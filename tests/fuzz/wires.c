/* Requests in memory, in the place of libmicrohttpd. */
#include "wires.h"

#include <stdlib.h>
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/check.h"
#include "gatewave/base/mem.h"

/* Cuts the line off that begins at *p, which is moved behind it. */
static char *cut_line(char **p)
{
    char *line = *p, *end = strchr(line, '\n');

    *p = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return line;
}

/* Cuts the text at the sign and returns what is behind it; the text's end when there is none. */
static char *cut_at(char *text, char sign)
{
    char *at = text + strcspn(text, (char[]){sign, '\0'});

    if (*at)
        *at++ = '\0';
    return at;
}

static void add_header(struct gw_wire *wire, char *line)
{
    bool is_header = strchr(line, ':') != NULL;
    char *value = cut_at(line, ':');

    if (!is_header || wire->n_headers == GW_WIRE_HEADERS_MAX)
        return;
    wire->header[wire->n_headers].name = line;
    wire->header[wire->n_headers++].value = value + strspn(value, " \t");
}

static void read_wire(struct fuzz_request *request, size_t len)
{
    struct gw_wire *wire = &request->wire;
    char *p = request->memory, *line = cut_line(&p), *target;

    target = cut_at(line, ' ');
    wire->method = line;
    wire->path = target;
    wire->query = cut_at(target, '?');
    while (*p && *(line = cut_line(&p)))
        add_header(wire, line);
    wire->body = p;
    wire->body_len = len - (size_t)(p - request->memory);
}

void fuzz_request_read(struct fuzz_request *request, const char *bytes, size_t len, const char *const *keys,
                       uint64_t now_ms)
{
    *request = (struct fuzz_request){.memory = gw_mem_text(bytes, len), .now_ms = now_ms};
    for (; *keys; keys++)
        GW_CHECK(!gw_keyring_add(&request->keys, *keys));
    read_wire(request, len);
    gw_claim_init(&request->claim);
    request->wrong = gw_params_read(&request->params, &request->wire);
    if (!request->wrong)
        gw_verify(&request->keys, &request->wire, &request->params, now_ms, &request->claim);
    request->proven = !request->wrong && !request->claim.code;
}

void fuzz_request_take(struct fuzz_request *request, const struct gw_http_request *from,
                       const char *const *keys, uint64_t now_ms)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    gw_buf_addf(&text, "POST %s\n", from->target);
    for (size_t i = 0; i < from->n_headers; i++)
        gw_buf_addf(&text, "%s\n", from->header[i]);
    gw_buf_add_char(&text, '\n');
    gw_buf_add(&text, from->body, from->body_len);
    fuzz_request_read(request, text.data, text.len, keys, now_ms);
    gw_buf_release(&text);
}

void fuzz_request_release(struct fuzz_request *request)
{
    gw_claim_release(&request->claim);
    gw_params_release(&request->params);
    gw_keyring_release(&request->keys);
    free(request->memory);
}

void fuzz_request_ask(const struct fuzz_request *request, struct gw_cloud *cloud, const char *account,
                      struct gw_cloud_response *ret)
{
    struct gw_cloud_request asked = {.account = account,
                                     .action = request->claim.action,
                                     .param = (const char *const(*)[2])request->params.pair,
                                     .n_params = request->params.n,
                                     .now_ms = request->now_ms,
                                     .nonce = request->claim.nonce,
                                     .signed_ms = request->claim.signed_ms};

    gw_cloud_handle(cloud, &asked, ret);
}
