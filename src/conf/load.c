/* Reading our YAML files: the file, the tree, the table, what must hold between values; every problem in one
 * go. */
#include "load.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GW_PROBLEMS_MAX 50

enum gw_code gw_load_text(const char *text, size_t len, const char *file, const struct gw_key_map *map,
                          gw_spec_check *check, void *target, struct gw_buf *problems, struct gw_err *err)
{
    struct gw_report report;
    struct gw_yaml *mapping;

    gw_report_init(&report, file, text, len, GW_PROBLEMS_MAX, true, problems);
    mapping = gw_yaml_read(&report);
    if (mapping)
        gw_keys_read(&report, map, mapping, target);
    if (mapping || report.n == 0)
        check(&report, mapping, target);
    gw_yaml_free(mapping);
    gw_report_close(&report);
    if (report.n > 0)
        return gw_err_set(err, GW_ERR_INPUT, "%s: %zu problem%s", file, report.n, report.n == 1 ? "" : "s");
    return GW_OK;
}

enum gw_code gw_load_bytes(const char *file, struct gw_buf *ret, struct gw_err *err)
{
    FILE *stream = fopen(file, "re");
    char chunk[4096];
    size_t n;
    bool failed;

    if (!stream)
        return gw_err_set(err, errno == ENOENT ? GW_ERR_NOT_FOUND : GW_ERR_INPUT, "cannot open %s: %s", file,
                          strerror(errno));
    /* One byte more than is allowed, so that what is too long is seen to be, and is not read to its end. */
    while (ret->len <= GW_YAML_SIZE_MAX && (n = fread(chunk, 1, sizeof(chunk), stream)) > 0)
        (void)gw_buf_add(ret, chunk, n);
    failed = ferror(stream) != 0;
    if (failed)
        (void)gw_err_set(err, GW_ERR_INPUT, "cannot read %s: %s", file, strerror(errno));
    (void)fclose(stream);
    return failed ? GW_ERR_INPUT : GW_OK;
}

enum gw_code gw_load_file(const char *file, const struct gw_key_map *map, gw_spec_check *check, void *target,
                          struct gw_buf *problems, struct gw_err *err)
{
    struct gw_buf text;
    enum gw_code code;

    gw_buf_init(&text, 0);
    code = gw_load_bytes(file, &text, err);
    if (code == GW_OK)
        code = gw_load_text(gw_buf_text(&text), text.len, file, map, check, target, problems, err);
    gw_buf_release(&text);
    return code;
}
