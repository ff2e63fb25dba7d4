/*
 * What a play comes to, as one number (I30): every line of the ledger, and every row of every table in the order of its
 * key. The same seed and build give the same.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "gatewave/base/check.h"

#include "check/local.h"

static void add(EVP_MD_CTX *digest, const void *bytes, size_t len)
{
    GW_CHECK(EVP_DigestUpdate(digest, bytes, len) == 1);
}

static void add_ledger(EVP_MD_CTX *digest)
{
    struct gw_buf text;

    gw_buf_init(&text, 0);
    for (uint32_t i = 0; i < sim_ledger_count(); i++) {
        gw_buf_reset(&text);
        sim_ledger_tell(sim_ledger_at(i), &text);
        add(digest, gw_buf_text(&text), text.len + 1);
    }
    gw_buf_release(&text);
}

/* Its type, its length and its bytes. */
static void add_column(EVP_MD_CTX *digest, sqlite3_stmt *stmt, int column)
{
    int type = sqlite3_column_type(stmt, column);
    const void *bytes = sqlite3_column_text(stmt, column);
    int len = sqlite3_column_bytes(stmt, column);

    add(digest, &type, sizeof(type));
    add(digest, &len, sizeof(len));
    if (len > 0)
        add(digest, bytes, (size_t)len);
}

static void add_table(EVP_MD_CTX *digest, sqlite3 *image, const char *name)
{
    /* Two columns tell the rows of each table apart, and a table may have but one. */
    char *sql = sqlite3_mprintf("SELECT *, 0 FROM \"%w\" ORDER BY 1, 2", name);
    sqlite3_stmt *stmt = sim_check_prepare(image, sql);

    sqlite3_free(sql);
    add(digest, name, strlen(name) + 1);
    while (sim_check_step(image, stmt))
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            add_column(digest, stmt, i);
}

static void add_tables(EVP_MD_CTX *digest, sqlite3 *image)
{
    sqlite3_stmt *stmt =
        sim_check_prepare(image, "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name");
    char name[64];

    while (sim_check_step(image, stmt)) {
        sim_check_text(stmt, 0, name, sizeof(name));
        add_table(digest, image, name);
    }
}

void sim_check_hash(sqlite3 *image, char ret[65])
{
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned char bytes[32];

    GW_CHECK(digest && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1);
    add_ledger(digest);
    if (image)
        add_tables(digest, image);
    GW_CHECK(EVP_DigestFinal_ex(digest, bytes, NULL) == 1);
    EVP_MD_CTX_free(digest);
    for (size_t i = 0; i < sizeof(bytes); i++)
        snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}
