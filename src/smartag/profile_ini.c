/* ~/.alibabacloud/credentials: a section is a profile, its type says what it holds. */
#include <string.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/text.h"
#include "gatewave/smartag/profile.h"

#include "ini.h"
#include "profile-local.h"

static const char *text_of(const struct gw_ini_section *section, enum gw_ini_key key)
{
    return section->value[key].bytes;
}

static bool type_is(const struct gw_ini_section *section, const char *type)
{
    const char *said = text_of(section, GW_INI_TYPE);

    return said && gw_text_equal(said, type);
}

static enum gw_code refuse_type(const struct gw_ini_section *section, const char *where, struct gw_err *err)
{
    const char *type = text_of(section, GW_INI_TYPE);
    char shown[GW_PROFILE_SHOWN_MAX];

    gw_profile_show(shown, type ? type : "");
    return gw_err_set(
        err, GW_ERR_CREDENTIALS,
        "%s has type \"%s\", and only access_key, ram_role_arn and ecs_ram_role can be used here: choose "
        "another profile, or make one in ~/.aliyun/config.json, which knows more modes",
        where, shown);
}

static enum gw_code take_section(const struct gw_ini_section *section, const char *where,
                                 struct gw_keyplan *plan, struct gw_err *err)
{
    bool has_role = type_is(section, "ram_role_arn"), fits = true;

    if (type_is(section, "ecs_ram_role")) {
        plan->base = GW_KEY_BASE_METADATA;
        plan->role_name = gw_profile_text(text_of(section, GW_INI_ROLE_NAME));
    } else if (has_role || type_is(section, "access_key")) {
        fits = gw_profile_set_static(plan, text_of(section, GW_INI_KEY_ID),
                                     text_of(section, GW_INI_KEY_SECRET), NULL);
    } else {
        return refuse_type(section, where, err);
    }
    if (has_role)
        plan->role[plan->n_roles++] = (struct gw_key_role){
            .arn = gw_profile_text(text_of(section, GW_INI_ROLE_ARN)),
            .session = gw_profile_text(text_of(section, GW_INI_SESSION)),
            .policy = gw_profile_text(text_of(section, GW_INI_POLICY)),
        };
    if (!fits)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: access_key_id is too long to be one", where);
    return gw_keyplan_check(plan, where, err);
}

enum gw_code gw_profile_parse_ini(const char *bytes, size_t len, const char *file, const char *profile,
                                  struct gw_keyplan *ret, struct gw_err *err)
{
    const size_t bom = gw_profile_bom_len(bytes, len);
    const char *name = profile && *profile ? profile : "default";
    struct gw_ini_section section;
    struct gw_ini_error error;
    struct gw_keyplan plan = {0};
    struct gw_buf where;
    char shown[GW_PROFILE_SHOWN_MAX];
    enum gw_code code;

    gw_profile_show(shown, name);
    if (!gw_ini_read(bytes + bom, len - bom, name, &section, &error))
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s:%zu: %s", file, error.line, error.why);
    gw_buf_init(&where, 0);
    gw_buf_addf(&where, "%s: profile %s", file, shown);
    if (section.found)
        code = take_section(&section, gw_buf_text(&where), &plan, err);
    else
        code = gw_err_set(err, GW_ERR_CREDENTIALS,
                          "%s: no profile [%s]: add it, or choose another with --profile", file, shown);
    gw_buf_reset(&where);
    gw_buf_addf(&where, "profile %s of %s", shown, file);
    plan.source = gw_mem_dup(gw_buf_text(&where));
    gw_buf_release(&where);
    gw_ini_release(&section);
    if (code == GW_OK)
        *ret = plan;
    else
        gw_keyplan_release(&plan);
    return code;
}
