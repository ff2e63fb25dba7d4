/*
 * Endpoints. A region that is in the table needs no thought; an override is taken as it is, as long as it
 * names a host and nothing else, and as long as nothing but loopback is spoken to in the clear.
 */
#include "gatewave/smartag/endpoint.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "gatewave/base/check.h"
#include "gatewave/base/host.h"
#include "gatewave/base/parse.h"
#include "gatewave/base/text.h"

/* The metadata service of the vendor's machines: an address of each machine's own, spoken to in the clear. */
#define METADATA_HOST "100.100.100.200"

#define LISTED(region, closed)                                                                   \
    {                                                                                            \
        region, "smartag." region ".aliyuncs.com", "smartag-vpc." region ".aliyuncs.com", closed \
    }

/* The vendor's list of endpoints as of 2025-07-31, in byte order. */
static const struct gw_region regions[] = {
    LISTED("ap-northeast-1", false),        LISTED("ap-southeast-1", false),
    LISTED("ap-southeast-2", true),         LISTED("ap-southeast-3", false),
    LISTED("ap-southeast-5", false),        {"cn-hangzhou", "smartag.cn-hangzhou.aliyuncs.com", NULL, false},
    LISTED("cn-hongkong", false),           LISTED("cn-shanghai", false),
    LISTED("cn-shanghai-finance-1", false), LISTED("eu-central-1", false),
};

const struct gw_region *gw_region_find(const char *region)
{
    for (size_t i = 0; i < GW_COUNT_OF(regions); i++) {
        if (gw_text_equal(regions[i].region, region))
            return &regions[i];
    }
    return NULL;
}

const struct gw_region *gw_region_at(size_t i)
{
    return i < GW_COUNT_OF(regions) ? &regions[i] : NULL;
}

/* The regions that take work, for people: "a, b, c". */
static void list_open(char *ret, size_t size)
{
    size_t len = 0;

    ret[0] = '\0';
    for (size_t i = 0; i < GW_COUNT_OF(regions); i++) {
        if (!regions[i].closed && len < size)
            len += (size_t)snprintf(ret + len, size - len, "%s%s", len ? ", " : "", regions[i].region);
    }
}

static enum gw_code from_table(const char *region, bool vpc, struct gw_endpoint *ret, struct gw_err *err)
{
    const struct gw_region *row = gw_region_find(region);
    const char *host;
    char known[256], shown[80];

    list_open(known, sizeof(known));
    gw_text_escape(shown, sizeof(shown), region, strlen(region));
    if (!row)
        return gw_err_set(err, GW_ERR_INPUT,
                          "region %s: not known; it is one of %s (for another one, set cloud.endpoint)",
                          *shown ? shown : "\"\"", known);
    if (row->closed)
        return gw_err_set(err, GW_ERR_INPUT, "region %s: closed by the vendor; open are %s", shown, known);
    host = vpc ? row->vpc_host : row->host;
    if (!host)
        return gw_err_set(err, GW_ERR_INPUT,
                          "region %s: has no VPC endpoint; use the public one, or set cloud.endpoint", shown);
    *ret = (struct gw_endpoint){0};
    gw_text_copy(ret->host, sizeof(ret->host), host);
    (void)snprintf(ret->url, sizeof(ret->url), "https://%s", host);
    return GW_OK;
}

struct address {
    bool plain;     /* http:// */
    char name[180]; /* in small letters; an IPv6 address in its brackets */
    uint64_t port;  /* 0: the scheme's own */
};

static bool is_host_name(const char *name)
{
    const size_t len = strlen(name);

    if (len == 0 || name[0] == '-' || name[0] == '.' || name[len - 1] == '-' || strstr(name, ".."))
        return false;
    return strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789.-") == len;
}

/* "[...]" around an address that is one. */
static bool is_ipv6(const char *name, struct in6_addr *ret)
{
    char bare[INET6_ADDRSTRLEN];
    const size_t len = strlen(name);

    return len > 2 && name[0] == '[' && name[len - 1] == ']' &&
           gw_text_copy_n(bare, sizeof(bare), name + 1, len - 2) && inet_pton(AF_INET6, bare, ret) == 1;
}

/* Scheme, host and port; *ret_rest is what stands behind them. NULL, or what is wrong with the text. */
static const char *parse_address(const char *text, struct address *ret, const char **ret_rest)
{
    static const char form[] = "must be a host, host:port, or https://host:port, with no path behind it";
    const char *end;
    struct in6_addr v6;

    *ret = (struct address){0};
    if (strncasecmp(text, "https://", strlen("https://")) == 0) {
        text += strlen("https://");
    } else if (strncasecmp(text, "http://", strlen("http://")) == 0) {
        text += strlen("http://");
        ret->plain = true;
    }
    end = *text == '[' ? strchr(text, ']') : NULL;
    end = end ? end + 1 : text + strcspn(text, ":/");
    if (!gw_text_copy_n(ret->name, sizeof(ret->name), text, (size_t)(end - text)))
        return "is too long";
    for (char *c = ret->name; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c | 0x20 : *c);
    if (*end == ':') {
        char digits[8];
        const size_t len = strcspn(++end, "/");

        if (!gw_text_copy_n(digits, sizeof(digits), end, len) || gw_parse_u64(digits, 1, 65535, &ret->port))
            return "needs a port from 1 to 65535 behind the colon";
        end += len;
    }
    if (*end != '\0' && *end != '/')
        return form;
    if (!is_host_name(ret->name) && !is_ipv6(ret->name, &v6))
        return form;
    if (ret->port == (ret->plain ? 80 : 443))
        ret->port = 0;
    *ret_rest = end;
    return NULL;
}

static void fill(const struct address *address, struct gw_endpoint *ret)
{
    *ret = (struct gw_endpoint){.loopback = gw_host_is_loopback(address->name)};
    if (address->port)
        (void)snprintf(ret->host, sizeof(ret->host), "%s:%u", address->name, (unsigned)address->port);
    else
        gw_text_copy(ret->host, sizeof(ret->host), address->name);
    (void)snprintf(ret->url, sizeof(ret->url), "%s://%s", address->plain ? "http" : "https", ret->host);
}

enum gw_code gw_endpoint_read(const char *what, const char *text, struct gw_endpoint *ret, struct gw_err *err)
{
    struct address address;
    const char *rest, *fault = parse_address(text, &address, &rest);

    if (!fault && !gw_text_equal(rest, "") && !gw_text_equal(rest, "/"))
        fault = "must be a host, host:port, or https://host:port, with no path behind it";
    if (!fault && address.plain && !gw_host_is_loopback(address.name))
        fault = "must be https: plain http is for loopback only";
    if (fault) {
        char shown[120];

        /* a URL may carry a password before an @: then it is not shown */
        gw_text_escape(shown, sizeof(shown), text, strchr(text, '@') ? 0 : strlen(text));
        return gw_err_set(err, GW_ERR_INPUT, "%s%s%s %s", what, *shown ? " " : "", shown, fault);
    }
    fill(&address, ret);
    return GW_OK;
}

const char *gw_endpoint_split(const char *url, struct gw_endpoint *ret, const char **ret_target)
{
    struct address address;
    const char *rest, *fault;

    if (strncasecmp(url, "https://", strlen("https://")) != 0 &&
        strncasecmp(url, "http://", strlen("http://")) != 0)
        return "must begin with https:// or http://";
    fault = parse_address(url, &address, &rest);
    if (fault)
        return "must be https://host/path or https://host:port/path";
    if (address.plain && !gw_host_is_loopback(address.name) && !gw_text_equal(address.name, METADATA_HOST))
        return "must be https: plain http is for loopback and the metadata service only";
    for (const char *c = rest; *c; c++)
        if (*c <= ' ' || *c > '~' || *c == '#')
            return "must be plain ASCII, without blanks or a fragment";
    fill(&address, ret);
    *ret_target = *rest ? rest : "/";
    return NULL;
}

enum gw_code gw_endpoint_resolve(const char *region, const char *override, bool vpc, struct gw_endpoint *ret,
                                 struct gw_err *err)
{
    return *override ? gw_endpoint_read("cloud.endpoint", override, ret, err)
                     : from_table(region, vpc, ret, err);
}
