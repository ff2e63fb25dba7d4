/* Hostile replies, from honest ones. */
#include "twists.h"

#include "gatewave/base/check.h"
#include "gatewave/base/when.h"
#include "gatewave/smartag/code.h"

#include "reply.h"

void twist_reply_init(struct twist_reply *reply, bool xml)
{
    *reply = (struct twist_reply){.status = 200, .xml = xml};
    gw_buf_init(&reply->body, 0);
    gw_buf_init(&reply->headers, 0);
}

void twist_reply_release(struct twist_reply *reply)
{
    gw_buf_release(&reply->body);
    gw_buf_release(&reply->headers);
}

static size_t number(struct fuzz_bytes *bytes)
{
    size_t high = fuzz_byte(bytes);

    return high << 8 | fuzz_byte(bytes);
}

static void replace(struct gw_buf *buf, const void *bytes, size_t len)
{
    gw_buf_reset(buf);
    gw_buf_add(buf, bytes, len);
}

static void refuse(struct fuzz_bytes *bytes, struct twist_reply *reply)
{
    unsigned n;
    const struct gw_code_entry *book = gw_code_book(&n);
    struct gw_reply_style style = {.xml = reply->xml, .request_id = "REQUEST"};

    gw_buf_reset(&reply->body);
    reply->status = 400;
    gw_reply_error(&reply->body, &style, book[fuzz_byte(bytes) % n].code, "refused");
}

static void flip(struct fuzz_bytes *bytes, struct gw_buf *body)
{
    for (int n = fuzz_byte(bytes) % 8; n > 0 && body->len > 0; n--) {
        size_t at = number(bytes) % body->len;

        body->data[at] = (char)fuzz_byte(bytes);
    }
}

static void insert(struct fuzz_bytes *bytes, struct gw_buf *body)
{
    size_t at = number(bytes) % (body->len + 1);
    struct fuzz_bytes text = fuzz_text(bytes);
    struct gw_buf longer;

    gw_buf_init(&longer, 0);
    gw_buf_add(&longer, gw_buf_text(body), at);
    if (text.left > 0)
        gw_buf_add(&longer, text.at, text.left);
    else
        gw_buf_add(&longer, gw_buf_text(body), at);
    gw_buf_add(&longer, gw_buf_text(body) + at, body->len - at);
    gw_buf_release(body);
    *body = longer;
}

void twist_apply(enum twist twist, struct fuzz_bytes *bytes, const struct gw_buf *earlier,
                 struct twist_reply *reply)
{
    static const int status[] = {200, 100, 101, 204, 301, 304, 400, 403, 404, 429, 500, 502, 503, 599};
    struct fuzz_bytes text;

    switch (twist) {
    case TWIST_STATUS:
        reply->status = status[fuzz_byte(bytes) % GW_COUNT_OF(status)];
        break;
    case TWIST_CODE:
        refuse(bytes, reply);
        break;
    case TWIST_FLIP:
        flip(bytes, &reply->body);
        break;
    case TWIST_CUT:
        reply->body.len = number(bytes) % (reply->body.len + 1);
        break;
    case TWIST_INSERT:
        insert(bytes, &reply->body);
        break;
    case TWIST_EARLIER:
        replace(&reply->body, gw_buf_text(earlier), earlier->len);
        break;
    case TWIST_BODY:
        text = fuzz_text(bytes);
        replace(&reply->body, text.at, text.left);
        break;
    case TWIST_HEADERS:
        text = fuzz_text(bytes);
        replace(&reply->headers, text.at, text.left);
        gw_buf_add_text(&reply->headers, "\r\n");
        break;
    case TWIST_DATE:
        reply->date_unix_ms += ((int64_t)fuzz_byte(bytes) - 128) * 10000;
        break;
    default:
        break;
    }
}

static void add_date(struct gw_buf *buf, int64_t unix_ms)
{
    static const char *const month[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[GW_WHEN_TEXT_SIZE];

    gw_when_text(unix_ms, text);
    /* The day of the week is not looked at. */
    gw_buf_addf(buf, "Date: Thu, %.2s %s %.4s %.8s GMT\r\n", text + 8,
                month[(text[5] - '0') * 10 + text[6] - '1'], text, text + 11);
}

void twist_write(enum twist twist, struct fuzz_bytes *bytes, const struct twist_reply *reply,
                 struct gw_buf *ret)
{
    struct fuzz_bytes text;

    if (twist == TWIST_WHOLE) {
        text = fuzz_text(bytes);
        gw_buf_add(ret, text.at, text.left);
        return;
    }
    gw_buf_addf(ret, "HTTP/1.1 %d X\r\n", reply->status);
    gw_buf_addf(ret, "Content-Type: %s;charset=utf-8\r\n", reply->xml ? "text/xml" : "application/json");
    gw_buf_addf(ret, "Content-Length: %zu\r\n", reply->body.len);
    add_date(ret, reply->date_unix_ms);
    gw_buf_add(ret, gw_buf_text(&reply->headers), reply->headers.len);
    gw_buf_add_text(ret, "\r\n");
    gw_buf_add(ret, gw_buf_text(&reply->body), reply->body.len);
    if (twist == TWIST_BROKEN)
        ret->len = number(bytes) % (ret->len + 1);
}
