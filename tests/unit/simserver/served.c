/*
 * The test's side of the wire. It signs with code of its own: the verifier is held to the known answers elsewhere, so
 * that what agrees here is right.
 */
#include "served.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "digest.h"
#include "gatewave/base/mem.h"
#include "gatewave/base/when.h"

#define ARGS_MAX     40
#define REPLY_MAX    (1u << 20)
#define CURL_WAIT_MS 10000L

const struct served_key served_default_key = {.id = "testid", .secret = "testsecret"};

static const char *program(void)
{
    const char *path = getenv("GATEWAVE_SIM");

    assert_non_null(path);
    return path;
}

static void make_folder(struct served *served)
{
    if (served->folder[0])
        return;
    (void)snprintf(served->folder, sizeof(served->folder), "/tmp/gatewave-sim-XXXXXX");
    assert_non_null(mkdtemp(served->folder));
    (void)snprintf(served->ledger, sizeof(served->ledger), "%s/ledger", served->folder);
    (void)snprintf(served->truth, sizeof(served->truth), "%s/truth", served->folder);
    (void)snprintf(served->ca, sizeof(served->ca), "%s/ca", served->folder);
    (void)snprintf(served->inventory, sizeof(served->inventory), "%s/inventory", served->folder);
    (void)snprintf(served->faults, sizeof(served->faults), "%s/faults", served->folder);
}

void served_faults(struct served *served, const char *text)
{
    FILE *file;

    make_folder(served);
    file = fopen(served->faults, "we");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* Starts the program; *ret_out, unless it is NULL, reads its stdout. */
static pid_t start(const char *const argv[], int *ret_out)
{
    int pipe_fd[2];
    pid_t pid;

    assert_int_equal(pipe2(pipe_fd, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)dup2(pipe_fd[1], STDOUT_FILENO);
        (void)execv(argv[0], (char *const *)argv);
        _exit(127);
    }
    (void)close(pipe_fd[1]);
    if (ret_out)
        *ret_out = pipe_fd[0];
    else
        (void)close(pipe_fd[0]);
    return pid;
}

static void read_line(int fd, char *ret, size_t size)
{
    size_t len = 0;

    do {
        struct pollfd ready = {.fd = fd, .events = POLLIN};

        assert_true(len < size - 1);
        assert_int_equal(poll(&ready, 1, SERVED_WAIT_MS), 1);
        assert_int_equal(read(fd, ret + len, 1), 1);
    } while (ret[len++] != '\n');
    ret[len] = '\0';
}

/* "listening on URL", and perhaps "metadata on URL" */
static void read_addresses(struct served *served, int fd, bool metadata)
{
    const char *colon;
    char line[128];

    read_line(fd, line, sizeof(line));
    assert_int_equal(sscanf(line, "listening on %63s", served->url), 1);
    if (metadata) {
        read_line(fd, line, sizeof(line));
        assert_int_equal(sscanf(line, "metadata on %63s", served->metadata), 1);
    }
    (void)close(fd);
    assert_non_null(strstr(served->url, "://"));
    (void)snprintf(served->host, sizeof(served->host), "%.47s", strstr(served->url, "://") + 3);
    colon = strrchr(served->host, ':');
    assert_non_null(colon);
    served->port = (int)strtol(colon + 1, NULL, 10);
    assert_in_range(served->port, 1, 65535);
}

static size_t collect(char *bytes, size_t size, size_t n, void *buf)
{
    return gw_buf_add(buf, bytes, size * n) ? size * n : 0;
}

void served_begin(struct served *served, ...)
{
    const char *argv[ARGS_MAX];
    size_t argc = 0;
    bool metadata = false;
    va_list args;
    int out;

    make_folder(served);
    argv[argc++] = program();
    argv[argc++] = "--ledger";
    argv[argc++] = served->ledger;
    argv[argc++] = "--truth";
    argv[argc++] = served->truth;
    va_start(args, served);
    do {
        assert_true(argc < ARGS_MAX);
        argv[argc] = va_arg(args, const char *);
        metadata = metadata || (argv[argc] && strcmp(argv[argc], "--metadata-port") == 0);
    } while (argv[argc++]);
    va_end(args);
    served->pid = start(argv, &out);
    read_addresses(served, out, metadata);
    gw_buf_init(&served->head, REPLY_MAX);
    gw_buf_init(&served->body, REPLY_MAX);
    served->curl = curl_easy_init();
    assert_non_null(served->curl);
}

static int reap(pid_t pid)
{
    int status;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int served_stop(struct served *served)
{
    pid_t pid = served->pid;

    served->pid = 0;
    assert_int_equal(kill(pid, SIGTERM), 0);
    return reap(pid);
}

void served_end(struct served *served)
{
    if (served->pid)
        assert_int_equal(served_stop(served), 0);
    curl_easy_cleanup(served->curl);
    gw_buf_release(&served->head);
    gw_buf_release(&served->body);
    (void)unlink(served->ledger);
    (void)unlink(served->truth);
    (void)unlink(served->ca);
    (void)unlink(served->inventory);
    (void)unlink(served->faults);
    assert_int_equal(rmdir(served->folder), 0);
}

int served_run(const char *const argv[])
{
    const char *all[ARGS_MAX] = {program()};

    for (size_t i = 0; argv[i]; i++) {
        assert_true(i + 2 < ARGS_MAX);
        all[i + 1] = argv[i];
    }
    return reap(start(all, NULL));
}

static void now_text(char ret[GW_WHEN_TEXT_SIZE])
{
    gw_when_text((int64_t)time(NULL) * 1000, ret);
}

static const char *next_nonce(struct served *served, const struct served_key *key, char ret[64])
{
    if (key->nonce)
        return key->nonce;
    (void)snprintf(ret, 64, "nonce-%d-%u", (int)served->pid, ++served->n_nonces);
    return ret;
}

static const char *finish(struct served *served, struct curl_slist *headers)
{
    static char code[128];
    cJSON *json;
    const char *text;

    gw_buf_reset(&served->head);
    gw_buf_reset(&served->body);
    served->status = 0;
    (void)curl_easy_setopt(served->curl, CURLOPT_HTTPHEADER, headers);
    (void)curl_easy_setopt(served->curl, CURLOPT_WRITEFUNCTION, collect);
    (void)curl_easy_setopt(served->curl, CURLOPT_WRITEDATA, &served->body);
    (void)curl_easy_setopt(served->curl, CURLOPT_HEADERFUNCTION, collect);
    (void)curl_easy_setopt(served->curl, CURLOPT_HEADERDATA, &served->head);
    (void)curl_easy_setopt(served->curl, CURLOPT_NOPROXY, "*");
    (void)curl_easy_setopt(served->curl, CURLOPT_TIMEOUT_MS, CURL_WAIT_MS);
    served->rc = curl_easy_perform(served->curl);
    (void)curl_easy_getinfo(served->curl, CURLINFO_RESPONSE_CODE, &served->status);
    curl_slist_free_all(headers);
    (void)curl_easy_setopt(served->curl, CURLOPT_HTTPHEADER, NULL);
    if (served->rc != CURLE_OK)
        return "no reply";
    json = cJSON_Parse(gw_buf_text(&served->body));
    text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(json, "Code"));
    (void)snprintf(code, sizeof(code), "%s", text ? text : "");
    cJSON_Delete(json);
    return code;
}

/* The headers of a V3 call, one a line, Authorization last. */
static void sign_v3(struct served *served, const struct served_key *key, const char *action,
                    const char *query, struct gw_buf *lines)
{
    static const char empty[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const char *names = key->token
                            ? "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-security-token;"
                              "x-acs-signature-nonce;x-acs-version"
                            : "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;"
                              "x-acs-version";
    char now[GW_WHEN_TEXT_SIZE], nonce[64], hash[GW_DIGEST_HEX_SIZE], signature[GW_DIGEST_HEX_SIZE],
        to_sign[128];
    struct gw_buf canonical;

    now_text(now);
    gw_buf_addf(lines, "host:%s\nx-acs-action:%s\nx-acs-content-sha256:%s\nx-acs-date:%s\n", served->host,
                action, empty, key->timestamp ? key->timestamp : now);
    if (key->token)
        gw_buf_addf(lines, "x-acs-security-token:%s\n", key->token);
    gw_buf_addf(lines, "x-acs-signature-nonce:%s\nx-acs-version:2018-03-13\n",
                next_nonce(served, key, nonce));
    gw_buf_init(&canonical, 0);
    gw_buf_addf(&canonical, "POST\n/\n%s\n%s\n%s\n%s", query, gw_buf_text(lines), names, empty);
    gw_digest_sha256_hex(canonical.data, canonical.len, hash);
    gw_buf_release(&canonical);
    (void)snprintf(to_sign, sizeof(to_sign), "ACS3-HMAC-SHA256\n%s", hash);
    gw_digest_hmac_sha256_hex(key->secret, strlen(key->secret), to_sign, strlen(to_sign), signature);
    gw_buf_addf(lines, "Authorization:ACS3-HMAC-SHA256 Credential=%s,SignedHeaders=%s,Signature=%s\n",
                key->id, names, signature);
}

const char *served_v3(struct served *served, const struct served_key *key, const char *action,
                      const char *query)
{
    struct curl_slist *headers = NULL;
    struct gw_buf lines, url;
    char *line, *rest;

    gw_buf_init(&lines, 0);
    gw_buf_init(&url, 0);
    sign_v3(served, key, action, query, &lines);
    for (line = lines.data; *line; line = rest) {
        rest = strchr(line, '\n');
        *rest++ = '\0';
        headers = curl_slist_append(headers, line);
    }
    headers = curl_slist_append(headers, "Content-Type:");
    headers = curl_slist_append(headers, key->xml ? "Accept:application/xml" : "Accept:application/json");
    gw_buf_addf(&url, "%s/?%s", served->url, query);
    (void)curl_easy_setopt(served->curl, CURLOPT_URL, gw_buf_text(&url));
    (void)curl_easy_setopt(served->curl, CURLOPT_POSTFIELDSIZE, 0L);
    (void)curl_easy_setopt(served->curl, CURLOPT_COPYPOSTFIELDS, "");
    gw_buf_release(&lines);
    gw_buf_release(&url);
    return finish(served, headers);
}

static void encode(struct gw_buf *buf, const char *text)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

    for (; *text; text++) {
        if (strchr(plain, *text))
            gw_buf_add_char(buf, *text);
        else
            gw_buf_addf(buf, "%%%02X", (unsigned char)*text);
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *served_v1(struct served *served, const struct served_key *key, const char *action,
                      const char *query)
{
    char now[GW_WHEN_TEXT_SIZE], nonce[64], signature[GW_DIGEST_BASE64_SIZE], secret[128], *pair[80], *rest,
        *memory;
    struct gw_buf form, to_sign;
    size_t n = 0;

    now_text(now);
    gw_buf_init(&form, 0);
    gw_buf_init(&to_sign, 0);
    gw_buf_addf(&form,
                "%s&AccessKeyId=%s&Action=%s&Format=%s&SignatureMethod=HMAC-SHA1&SignatureNonce=%s&"
                "SignatureVersion=1.0&"
                "Version=%s&%s%s%sTimestamp=",
                query, key->id, action, key->xml ? "XML" : "JSON", next_nonce(served, key, nonce),
                key->api_version ? key->api_version : "2018-03-13", key->token ? "SecurityToken=" : "",
                key->token ? key->token : "", key->token ? "&" : "");
    encode(&form, key->timestamp ? key->timestamp : now);
    memory = gw_mem_dup(gw_buf_text(&form));
    for (rest = memory; rest;) {
        pair[n++] = rest;
        rest = strchr(rest, '&');
        if (rest)
            *rest++ = '\0';
    }
    /* Whole pairs sort like names here: no name begins another one. */
    qsort(pair, n, sizeof(*pair), by_text);
    gw_buf_add_text(&to_sign, "POST&%2F&");
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            gw_buf_add_text(&to_sign, "%26");
        encode(&to_sign, pair[i]);
    }
    free(memory);
    (void)snprintf(secret, sizeof(secret), "%s&", key->secret);
    gw_digest_hmac_sha1_base64(secret, strlen(secret), to_sign.data, to_sign.len, signature);
    gw_buf_add_text(&form, "&Signature=");
    encode(&form, signature);
    (void)curl_easy_setopt(served->curl, CURLOPT_URL, served->url);
    (void)curl_easy_setopt(served->curl, CURLOPT_POSTFIELDSIZE, (long)form.len);
    (void)curl_easy_setopt(served->curl, CURLOPT_COPYPOSTFIELDS, form.data);
    gw_buf_release(&to_sign);
    gw_buf_release(&form);
    return finish(served, NULL);
}

long served_get(struct served *served, const char *method, const char *url, const char *header)
{
    (void)curl_easy_setopt(served->curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(served->curl, CURLOPT_HTTPGET, 1L);
    (void)curl_easy_setopt(served->curl, CURLOPT_CUSTOMREQUEST, method);
    (void)finish(served, header ? curl_slist_append(NULL, header) : NULL);
    (void)curl_easy_setopt(served->curl, CURLOPT_CUSTOMREQUEST, NULL);
    return served->status;
}

void served_v3_text(struct served *served, const char *action, const char *query, struct gw_buf *ret)
{
    struct gw_buf lines;
    const char *p;

    gw_buf_init(&lines, 0);
    sign_v3(served, &served_default_key, action, query, &lines);
    gw_buf_addf(ret, "POST /?%s HTTP/1.1\r\n", query);
    for (p = gw_buf_text(&lines); *p; p += strcspn(p, "\n") + 1) {
        gw_buf_add(ret, p, strcspn(p, "\n"));
        gw_buf_add_text(ret, "\r\n");
    }
    gw_buf_add_text(ret, "Connection: close\r\nContent-Length: 0\r\n\r\n");
    gw_buf_release(&lines);
}

size_t served_raw(const struct served *served, const char *bytes, size_t len, int wait_ms, char *ret,
                  size_t size)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)served->port),
                                  .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    size_t got = 0, sent = 0;

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
    while (sent < len) {
        ssize_t n = send(fd, bytes + sent, len - sent, MSG_NOSIGNAL);

        if (n <= 0)
            break; /* the other side has had enough */
        sent += (size_t)n;
    }
    /* Half closed, so that a request that is not whole ends here. */
    (void)shutdown(fd, SHUT_WR);
    while (got < size - 1) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (poll(&ready, 1, wait_ms) != 1)
            break;
        n = recv(fd, ret + got, size - 1 - got, 0);
        if (n <= 0)
            break;
        got += (size_t)n;
    }
    ret[got] = '\0';
    (void)close(fd);
    return got;
}

cJSON *served_line(const char *path, int n)
{
    FILE *file = fopen(path, "re");
    cJSON *json = NULL;
    char *line = NULL;
    size_t size = 0;

    assert_non_null(file);
    for (int i = 0; i <= n; i++) {
        if (getline(&line, &size, file) < 0) {
            n = -1;
            break;
        }
    }
    if (n >= 0) {
        json = cJSON_Parse(line);
        assert_non_null(json);
    }
    free(line);
    (void)fclose(file);
    return json;
}

int served_count(const char *path)
{
    int n = 0, c;
    FILE *file = fopen(path, "re");

    assert_non_null(file);
    while ((c = getc(file)) != EOF)
        n += c == '\n';
    (void)fclose(file);
    return n;
}

const char *served_text(const cJSON *line, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, name);

    assert_non_null(item);
    return cJSON_IsNull(item) ? "null" : cJSON_GetStringValue(item);
}

bool served_true(const cJSON *line, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(line, name);

    assert_true(cJSON_IsBool(item));
    return cJSON_IsTrue(item);
}
