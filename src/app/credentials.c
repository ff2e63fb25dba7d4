/* The credential chain. Nothing here logs, and no error text holds more of a key than its file's name. */
#include "gatewave/app/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gatewave/base/buf.h"
#include "gatewave/base/text.h"

#define KEY_FILE_MAX (1024 * 1024)

static const char *gw_env(const char *name)
{
    const char *value = getenv(name);

    return value && *value ? value : NULL;
}

/* Takes a secret out of the environment, so that neither a child nor /proc shows it for the hours of a run. */
static void gw_env_take(const char *name, struct gw_secret *ret)
{
    char *value = getenv(name);

    if (!value)
        return;
    gw_secret_set(ret, value, strlen(value));
    gw_secret_wipe(value, strlen(value));
    (void)unsetenv(name);
}

static bool gw_credentials_from_env(struct gw_credential *ret)
{
    const char *key_id = gw_env("ALIBABA_CLOUD_ACCESS_KEY_ID");

    if (!key_id || !gw_env("ALIBABA_CLOUD_ACCESS_KEY_SECRET"))
        return false;
    (void)gw_text_copy(ret->key_id, sizeof(ret->key_id), key_id);
    gw_env_take("ALIBABA_CLOUD_ACCESS_KEY_SECRET", &ret->key_secret);
    if (gw_env("ALIBABA_CLOUD_SECURITY_TOKEN"))
        gw_env_take("ALIBABA_CLOUD_SECURITY_TOKEN", &ret->token);
    return true;
}

/* Refuses what others could have read or written. */
static enum gw_code gw_key_file_check(int fd, const char *file, struct gw_err *err)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: %s", file, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: not a regular file", file);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: belongs to another user; it must be yours: chown it",
                          file);
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: others may read it; close it: chmod 600 %s", file,
                          file);
    if (st.st_size > KEY_FILE_MAX)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: too large for a credentials file", file);
    return GW_OK;
}

/* The whole file; the caller wipes what it got. */
static enum gw_code gw_key_file_read(const char *file, struct gw_buf *ret, struct gw_err *err)
{
    char block[4096];
    ssize_t n = 0;
    enum gw_code code;
    int fd = open(file, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0 && errno == ELOOP)
        return gw_err_set(err, GW_ERR_CREDENTIALS, "%s: is a symbolic link; name the file itself", file);
    if (fd < 0)
        return gw_err_set(err, errno == ENOENT ? GW_ERR_NOT_FOUND : GW_ERR_CREDENTIALS, "%s: %s", file,
                          strerror(errno));
    code = gw_key_file_check(fd, file, err);
    while (code == GW_OK && (n = read(fd, block, sizeof(block))) > 0)
        (void)gw_buf_add(ret, block, (size_t)n);
    if (code == GW_OK && (n < 0 || ret->full))
        code = gw_err_set(err, GW_ERR_CREDENTIALS, "%s: %s", file, n < 0 ? strerror(errno) : "too large");
    gw_secret_wipe(block, sizeof(block));
    (void)close(fd);
    return code;
}

typedef enum gw_code gw_profile_parse(const char *bytes, size_t len, const char *file, const char *profile,
                                      struct gw_credential *ret, struct gw_err *err);

/* A file of the chain: named by the environment, or in its usual place below the home directory. */
static enum gw_code gw_credentials_from_file(const char *variable, const char *below_home,
                                             const char *profile, gw_profile_parse *parse,
                                             struct gw_credential *ret, struct gw_err *err)
{
    const char *named = gw_env(variable), *home = gw_env("HOME");
    struct gw_buf file, bytes;
    enum gw_code code;

    if (!named && !home)
        return gw_err_set(err, GW_ERR_NOT_FOUND, "neither %s nor HOME is set", variable);
    gw_buf_init(&file, 0);
    gw_buf_init(&bytes, KEY_FILE_MAX);
    if (named)
        (void)gw_buf_add_text(&file, named);
    else
        (void)gw_buf_addf(&file, "%s/%s", home, below_home);
    code = gw_key_file_read(gw_buf_text(&file), &bytes, err);
    if (code == GW_OK)
        code = parse(gw_buf_text(&bytes), bytes.len, gw_buf_text(&file), profile, ret, err);
    gw_secret_wipe(bytes.data, bytes.size);
    gw_buf_release(&bytes);
    gw_buf_release(&file);
    return code;
}

enum gw_code gw_credentials_find(const char *profile, struct gw_credential *ret, struct gw_err *err)
{
    struct gw_credential found = {0};
    const char *disabled = gw_env("ALIBABA_CLOUD_CLI_PROFILE_DISABLED");
    enum gw_code code = GW_ERR_NOT_FOUND;
    bool asked = profile && *profile;

    if (!asked && gw_credentials_from_env(&found)) {
        *ret = found;
        return GW_OK;
    }
    if (!asked)
        profile = gw_env("ALIBABA_CLOUD_PROFILE");
    if (!disabled || !gw_text_equal_nocase(disabled, "true"))
        code = gw_credentials_from_file("ALIBABA_CLOUD_CONFIG_FILE", ".aliyun/config.json", profile,
                                        gw_profile_parse_cli, &found, err);
    if (code == GW_ERR_NOT_FOUND)
        code = gw_credentials_from_file("ALIBABA_CLOUD_CREDENTIALS_FILE", ".alibabacloud/credentials",
                                        profile, gw_profile_parse_ini, &found, err);
    if (code == GW_ERR_NOT_FOUND)
        return gw_err_set(
            err, GW_ERR_CREDENTIALS,
            "no credentials: set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or "
            "make a profile in ~/.aliyun/config.json (aliyun configure)");
    if (code != GW_OK) {
        gw_credential_release(&found);
        return code;
    }
    *ret = found;
    return GW_OK;
}
