/* Reading what the tests of this floor share. */
#include "fixtures.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

struct cJSON *fixture_read(const char *name)
{
    static char text[256 * 1024];
    char path[512];
    FILE *file;
    size_t len;
    struct cJSON *root;

    snprintf(path, sizeof(path), "%s/%s", FIXTURES, name);
    file = fopen(path, "rb");
    assert_non_null(file);
    len = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[len] = '\0';
    root = cJSON_Parse(text);
    assert_non_null(root);
    return root;
}

const char *fixture_text(const struct cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));

    assert_non_null(text);
    return text;
}

struct gw_reply_bytes fixture_reply(int status, const char *content_type, const char *body)
{
    return (struct gw_reply_bytes){.http_status = status,
                                   .content_type = content_type,
                                   .retry_after = "",
                                   .ratelimit_user_api = "",
                                   .ratelimit_user = "",
                                   .request_id = "",
                                   .body = body,
                                   .body_len = strlen(body)};
}
