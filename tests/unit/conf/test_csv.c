/* CSV inventories: what is read, every refusal at its exact place, and that a written cell reads back. */
#include "seen.h"

#include <stdlib.h>

#include "gatewave/base/mem.h"
#include "gatewave/base/rng.h"

#define HEAD "gateway_id,region,name\n"

static void good(const char *text, const char *want)
{
    check_rows(text, strlen(text), GW_TABLE_CSV, want);
}

static void bad(const char *text, const char *want)
{
    check_report(text, strlen(text), GW_TABLE_CSV, want);
}

/* ---- good files ---- */

static void rows_come_in_order_with_their_lines(void **state)
{
    (void)state;
    good(HEAD "a,cn,n1\nb,cn,\n",
         "2: gateway_id=[a] region=[cn] name=[n1]\n3: gateway_id=[b] region=[cn] name=[]\n");
    good("region,gateway_id\ncn,a\n", "2: gateway_id=[a] region=[cn]\n");
    good(HEAD, "");
    good("gateway_id,region", "");
}

static void every_column_is_read(void **state)
{
    (void)state;
    good("gateway_id,region,serial,ha_role,version,dpi_version,model,name,site,timezone,account,isp,tag:ring,"
         "tag:a.b\n"
         "sag-1,cn-shanghai,sage62x1,standby,2.4.0,20201117_1_0-0.0.1,sag-1000,Shop "
         "5,East,Asia/Shanghai,12,CT,1,\n",
         "2: gateway_id=[sag-1] region=[cn-shanghai] serial=[sage62x1] ha_role=[standby] version=[2.4.0] "
         "dpi_version=[20201117_1_0-0.0.1] model=[sag-1000] name=[Shop 5] site=[East] "
         "timezone=[Asia/Shanghai] "
         "account=[12] isp=[CT] ring:[1]\n");
}

static void line_ends_marks_and_blank_lines(void **state)
{
    static const char want[] =
        "2: gateway_id=[a] region=[cn] name=[n]\n3: gateway_id=[b] region=[cn] name=[m]\n";

    (void)state;
    good(HEAD "a,cn,n\nb,cn,m", want);
    good("gateway_id,region,name\r\na,cn,n\r\nb,cn,m\r\n", want);
    good("gateway_id,region,name\r\na,cn,n\nb,cn,m\r\n", want);
    good("\xef\xbb\xbf" HEAD "a,cn,n\nb,cn,m\n", want);
    good("\n\n" HEAD "\r\n  \t\na,cn,n\n\n\nb,cn,m\n \n\n",
         "6: gateway_id=[a] region=[cn] name=[n]\n9: gateway_id=[b] region=[cn] name=[m]\n");
}

static void quoted_fields(void **state)
{
    (void)state;
    good("\"gateway_id\",\"region\",name\n\"a\",cn,\"x, y\"\n",
         "2: gateway_id=[a] region=[cn] name=[x, y]\n");
    good(HEAD "a,cn,\"say \"\"hi\"\"\"\nb,cn,\"\"\n",
         "2: gateway_id=[a] region=[cn] name=[say \"hi\"]\n3: gateway_id=[b] region=[cn] name=[]\n");
    good(HEAD "a,cn,\"\"\"\"\n", "2: gateway_id=[a] region=[cn] name=[\"]\n");
    good(HEAD "a,cn,\"two\nlines\r\nor \"\"three\"\"\n\"\nb,cn,x\n",
         "2: gateway_id=[a] region=[cn] name=[two\nlines\r\nor \"three\"\n]\n6: gateway_id=[b] region=[cn] "
         "name=[x]\n");
    good(HEAD "a,cn,\"end\"", "2: gateway_id=[a] region=[cn] name=[end]\n");
    good("gateway_id,region,name,site\na,cn,\"\"\"1\"\"\",\"\"\"2\"\"\"\n",
         "2: gateway_id=[a] region=[cn] name=[\"1\"] site=[\"2\"]\n");
}

static void text_of_any_language(void **state)
{
    (void)state;
    good(HEAD "a,cn,\xe4\xb8\x8a\xe6\xb5\xb7\nb,cn, \xf0\x9f\x98\x80 \n",
         "2: gateway_id=[a] region=[cn] name=[\xe4\xb8\x8a\xe6\xb5\xb7]\n"
         "3: gateway_id=[b] region=[cn] name=[ \xf0\x9f\x98\x80 ]\n");
}

static void the_longest_field_and_the_most_columns(void **state)
{
    static char text[GW_TABLE_COLUMNS_MAX * 32 + 2 * GW_TABLE_FIELD_MAX], want[2 * GW_TABLE_FIELD_MAX];
    char name[GW_TABLE_FIELD_MAX + 1];
    size_t n;

    (void)state;
    memset(name, 'x', GW_TABLE_FIELD_MAX);
    name[GW_TABLE_FIELD_MAX] = '\0';
    (void)snprintf(text, sizeof(text), HEAD "a,cn,%s\n", name);
    (void)snprintf(want, sizeof(want), "2: gateway_id=[a] region=[cn] name=[%s]\n", name);
    good(text, want);
    n = (size_t)snprintf(text, sizeof(text), "gateway_id,region");
    for (unsigned i = 0; i < GW_TABLE_TAGS_MAX; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, ",tag:t%u", i);
    (void)snprintf(text + n, sizeof(text) - n, "\na,cn%0*d1\n", GW_TABLE_TAGS_MAX, 0);
    for (char *p = strstr(text, "cn0"); *p != '1'; p++)
        *p = *p == '0' ? ',' : *p;
    good(text, "2: gateway_id=[a] region=[cn] t199:[1]\n");
}

/* ---- bad headers ---- */

static void headers_that_do_not_do(void **state)
{
    (void)state;
    bad("", "f:1:1: empty: expected a header that names the columns\n");
    bad("\n \r\n", "f:1:1: empty: expected a header that names the columns\n");
    bad("\xef\xbb\xbf", "f:1:1: empty: expected a header that names the columns\n");
    bad("sag-1,cn-shanghai,x\n",
        "f:1:1: no header: the first line names the columns, gateway_id and region among them\n");
    bad("gateway_id,regoin\na,cn\n", "f:1:12: unknown column `regoin`; did you mean `region`?\nf:1:1: the "
                                     "header has no column `region`\n");
    bad("gateway_id,region,Name\n", "f:1:19: unknown column `Name`; did you mean `name`?\n");
    bad("gateway_id,region, name\n", "f:1:19: unknown column ` name`; did you mean `name`?\n");
    bad("gateway_id,region,rack\n",
        "f:1:19: unknown column `rack`; what is yours alone goes into tag:NAME\n");
    bad("gateway_id,region,tag.rack\n",
        "f:1:19: unknown column `tag.rack`; a tag's column is called tag:NAME\n");
    bad("gateway_id,region,tag:\n", "f:1:23: a tag without a name: write tag:NAME\n");
    bad("gateway_id,region,tag:a b\n", "f:1:24: a tag's name is made of letters, digits, - _ . only\n");
    bad("gateway_id,region,\"tag:a b\"\n", "f:1:25: a tag's name is made of letters, digits, - _ . only\n");
    bad("gateway_id,region,tag:1234567890123456789012345678901234567890123456789012345678901234x\n",
        "f:1:23: a tag's name has at most 64 characters\n");
    bad("gateway_id,region,name,region\n", "f:1:24: column `region` is there twice\n");
    bad("gateway_id,region,tag:a,tag:b,tag:a\n", "f:1:31: column `tag:a` is there twice\n");
    bad("gateway_id,region,\n", "f:1:19: a column without a name; is there a comma too many?\n");
    bad("name,site\n",
        "f:1:1: the header has no column `gateway_id`\nf:1:1: the header has no column `region`\n");
    bad("\n\nname,region\n", "f:3:1: the header has no column `gateway_id`\n");
    bad("gateway_id,\"region\nx,y\n", "f:1:12: this quote is never closed\n");
}

static void other_kinds_of_files_are_named(void **state)
{
    static const char le[] = "g\0a\0t\0e\0w\0", be[] = "\0g\0a\0t\0e\0w";

    (void)state;
    bad("gateway_id;region;name\na;cn;n\n",
        "f:1:11: the columns are separated by semicolons; save the file with commas\n");
    bad("gateway_id\tregion\tname\na\tcn\tn\n",
        "f:1:11: the columns are separated by tabs; save the file with commas\n");
    bad("gateway_id|region\n", "f:1:11: the columns are separated by bars; save the file with commas\n");
    bad("[{\"gateway_id\": \"a\"}]\n", "f:1:1: a JSON array? JSON lines have one object on each line\n");
    bad("\xff\xfeg", "f:1:1: UTF-16 text (little-endian); save the file as UTF-8\n");
    bad("\xfe\xff", "f:1:1: UTF-16 text (big-endian); save the file as UTF-8\n");
    check_report(le, sizeof(le) - 1, GW_TABLE_CSV,
                 "f:1:1: UTF-16 text (little-endian); save the file as UTF-8\n");
    check_report(be, sizeof(be) - 1, GW_TABLE_CSV,
                 "f:1:1: UTF-16 text (big-endian); save the file as UTF-8\n");
}

static void too_many_columns(void **state)
{
    char text[4096] = "gateway_id,region", want[8192];
    size_t n = strlen(text);

    (void)state;
    for (unsigned i = 0; i < GW_TABLE_TAGS_MAX + 1; i++)
        n += (size_t)snprintf(text + n, sizeof(text) - n, ",tag:t%03u", i);
    bad(text, "f:1:1819: more than 200 tags\n");
    (void)snprintf(text, sizeof(text), "gateway_id,region%0*d", 300, 0);
    for (char *p = strchr(text, '0'); *p; p++)
        *p = ',';
    n = 0;
    for (unsigned i = 0; i < 50; i++)
        n += (size_t)snprintf(want + n, sizeof(want) - n,
                              "f:1:%u: a column without a name; is there a comma too many?\n", 19 + i);
    (void)snprintf(want + n, sizeof(want) - n, "f: 205 more problems\n");
    bad(text, want);
}

/* ---- bad rows ---- */

static void rows_of_the_wrong_shape(void **state)
{
    (void)state;
    bad(HEAD "a,cn\n", "f:2:1: only 2 fields, but the header has 3 columns\n");
    bad(HEAD "a\n", "f:2:1: only 1 field, but the header has 3 columns\n");
    bad(HEAD "a,cn,n,\n", "f:2:8: 4 fields, but the header has 3 columns; is there a comma too many?\n");
    bad(HEAD "a,cn,n,x,y,z\n", "f:2:8: 6 fields, but the header has 3 columns\n");
    bad(HEAD "a,cn,\"n\nm\",x\n",
        "f:3:4: 4 fields, but the header has 3 columns; is there a comma too many?\n");
}

static void quotes_that_do_not_match(void **state)
{
    (void)state;
    bad(HEAD "a,cn,x\"y\nb,cn\n",
        "f:2:7: a quote inside a field; put the whole field in quotes and write this one twice\n"
        "f:3:1: only 2 fields, but the header has 3 columns\n");
    bad(HEAD "a,cn,\"x\"y\nb,cn\n", "f:2:9: expected a comma or the end of the line after the closing quote\n"
                                    "f:3:1: only 2 fields, but the header has 3 columns\n");
    bad(HEAD "a,cn,\"x\" \n", "f:2:9: expected a comma or the end of the line after the closing quote\n");
    bad(HEAD "a,cn,\"x\nb,cn\n", "f:2:6: this quote is never closed\n"
                                 "f:3:1: only 2 fields, but the header has 3 columns\n");
    bad(HEAD "a,cn,\"\nx\"y\nb,cn\n",
        "f:3:3: expected a comma or the end of the line after the closing quote\n"
        "f:4:1: only 2 fields, but the header has 3 columns\n");
    bad(HEAD "a,cn,x\ry\n", "f:2:7: a carriage return alone; lines end in LF or CRLF\n");
    bad("gateway_id,region\ra,cn\r", "f:1:18: a carriage return alone; lines end in LF or CRLF\n");
}

static void bytes_that_are_no_text(void **state)
{
    static const char nul[] = HEAD "a,cn,x\0y\nb,cn,z\n";

    (void)state;
    check_report(nul, sizeof(nul) - 1, GW_TABLE_CSV, "f:2:7: name: a NUL byte\n");
    bad(HEAD "a,cn,\xc3(\n", "f:2:6: name: not UTF-8 text: byte 0xc3\n");
    bad(HEAD "a,cn,ok\nb,cn,\"x\xff\"\nc,cn,\xe4\xb8\n",
        "f:3:8: name: not UTF-8 text: byte 0xff\nf:4:6: name: not UTF-8 text: byte 0xe4\n");
    bad(HEAD "a,cn,\"\"\"\xff\"\n", "f:2:6: name: not UTF-8 text: byte 0xff\n");
    bad("gateway_id,region,tag:a\nb,cn,\x80\n", "f:2:6: tag:a: not UTF-8 text: byte 0x80\n");
}

static void long_fields(void **state)
{
    char name[GW_TABLE_FIELD_MAX + 2], text[GW_TABLE_FIELD_MAX + 128];

    (void)state;
    memset(name, 'x', GW_TABLE_FIELD_MAX + 1);
    name[GW_TABLE_FIELD_MAX + 1] = '\0';
    (void)snprintf(text, sizeof(text), HEAD "a,cn,%s\n", name);
    bad(text, "f:2:6: name: longer than 4096 bytes\n");
    (void)snprintf(text, sizeof(text), HEAD "a,cn,\"%s\"\n", name);
    bad(text, "f:2:7: name: longer than 4096 bytes\n");
    (void)snprintf(text, sizeof(text), HEAD "a,cn,\"\"\"%s\"\n", name);
    bad(text, "f:2:6: a field of more than 4096 bytes\n");
    (void)snprintf(text, sizeof(text), "gateway_id,region,tag:a\na,cn,%s\n", name);
    bad(text, "f:2:6: tag:a: longer than 4096 bytes\n");
    bad(HEAD "1234567890123456789012345678901234567890123456789012345678901234,cn,n\n",
        "f:2:1: gateway_id: longer than 63 bytes\n");
}

static void identifiers(void **state)
{
    (void)state;
    bad(HEAD ",cn,n\na,,n\n", "f:2:1: gateway_id is empty\nf:3:3: region is empty\n");
    bad(HEAD " a,cn,n\n", "f:2:1: gateway_id: a blank before it\n");
    bad(HEAD "a,cn ,n\n", "f:2:5: region: a blank after it\n");
    bad(HEAD "a,\"cn\t\",n\n", "f:2:6: region: a blank after it\n");
    bad(HEAD "a b,cn,n\n",
        "f:2:2: gateway_id: ` ` is none of the letters, digits, - _ . that it is made of\n");
    bad(HEAD "s/1,cn,n\n",
        "f:2:2: gateway_id: `/` is none of the letters, digits, - _ . that it is made of\n");
    bad(HEAD "\"s\"\"1\",cn,n\n",
        "f:2:1: gateway_id: `\"` is none of the letters, digits, - _ . that it is made of\n");
    bad(HEAD "s\x01,cn,n\n",
        "f:2:2: gateway_id: `\\x01` is none of the letters, digits, - _ . that it is made of\n");
    /* A Cyrillic letter, a no-break space and a fullwidth digit. */
    bad(HEAD "s\xd0\xb0g-1,cn,n\n",
        "f:2:2: gateway_id: `\xd0\xb0` (U+0430) is none of the letters, digits, - _ . that "
        "it is made of, though it may look like one\n");
    bad(HEAD "sag-1\xc2\xa0,cn,n\n",
        "f:2:6: gateway_id: `\xc2\xa0` (U+00A0) is none of the letters, digits, - _ . that "
        "it is made of, though it may look like one\n");
    bad(HEAD "sag-1,cn\xef\xbc\x91,n\n",
        "f:2:9: region: `\xef\xbc\x91` (U+FF11) is none of the letters, digits, - _ . "
        "that it is made of, though it may look like one\n");
    bad("gateway_id,region,serial,version,model\na,cn,x x,1 0, m\n",
        "f:2:7: serial: ` ` is none of the letters, digits, - _ . that it is made of\n"
        "f:2:11: version: ` ` is none of the letters, digits, - _ . that it is made of\n"
        "f:2:14: model: a blank before it\n");
}

static void roles_and_zones(void **state)
{
    (void)state;
    bad("gateway_id,region,ha_role\na,cn,active\na,cn,Standby\nb,cn,primary\nc,cn,\n",
        "f:3:6: ha_role: must be active, standby or empty, not `Standby`\n"
        "f:4:6: ha_role: must be active, standby or empty, not `primary`\n");
    good("gateway_id,region,timezone\na,cn,UTC\nb,cn,America/Argentina/Buenos_Aires\nc,cn,Etc/"
         "GMT+8\nd,cn,EST5EDT\n"
         "e,cn,America/Port-au-Prince\nf,cn,\n",
         "2: gateway_id=[a] region=[cn] timezone=[UTC]\n"
         "3: gateway_id=[b] region=[cn] timezone=[America/Argentina/Buenos_Aires]\n"
         "4: gateway_id=[c] region=[cn] timezone=[Etc/GMT+8]\n"
         "5: gateway_id=[d] region=[cn] timezone=[EST5EDT]\n"
         "6: gateway_id=[e] region=[cn] timezone=[America/Port-au-Prince]\n"
         "7: gateway_id=[f] region=[cn] timezone=[]\n");
    for (size_t i = 0; i < 9; i++) {
        static const char *const zones[] = {"+08:00",         "UTC+8",   "Asia/", "/Asia",  "Asia//Shanghai",
                                            "Asia/Shanghai ", "A/B/C/D", "8",     "Asia/8x"};
        char text[128], want[256];

        (void)snprintf(text, sizeof(text), "gateway_id,region,timezone\na,cn,%s\n", zones[i]);
        (void)snprintf(
            want, sizeof(want),
            "f:2:6: timezone: must be a name of the IANA database, as in Asia/Shanghai or UTC, not `%s`\n",
            zones[i]);
        bad(text, want);
    }
}

static void refusals_of_who_takes_the_rows(void **state)
{
    (void)state;
    bad(HEAD "a,cn,n\n\nrefuse-1,cn,n\n refuse-2,cn,n\nrefuse-3,cn,\"\n\"\n",
        "f:4:1: refused by the test\nf:5:1: gateway_id: a blank before it\nf:6:1: refused by the test\n");
    /* Rows are shown to it after a problem too, but not without what a row needs. */
    bad("gateway_id,region,rack\nrefuse-1,cn,1\n", "f:1:19: unknown column `rack`; what is yours alone goes "
                                                   "into tag:NAME\nf:2:1: refused by the test\n");
    bad("gateway_id,name\nrefuse-1,n\n", "f:1:1: the header has no column `region`\n");
}

static void many_problems(void **state)
{
    struct gw_buf text;
    struct seen seen;

    (void)state;
    gw_buf_init(&text, 0);
    (void)gw_buf_add_text(&text, HEAD);
    for (unsigned i = 0; i < 120; i++)
        (void)gw_buf_add_text(&text, i % 2 ? "a,cn,n\n" : "a,cn\n");
    seen_read(&seen, text.data, text.len, GW_TABLE_CSV);
    assert_int_equal(seen.n_problems, 60);
    assert_int_equal(seen.n_rows, 60);
    assert_non_null(strstr(seen.report.data,
                           "f:100:1: only 2 fields, but the header has 3 columns\nf: 10 more problems\n"));
    seen_release(&seen);
    gw_buf_release(&text);
}

/* ---- cells, written and read back ---- */

static void check_cell(const char *text, bool first, const char *want)
{
    struct gw_buf buf;

    gw_buf_init(&buf, 0);
    gw_csv_cell(&buf, text, first);
    assert_string_equal(gw_buf_text(&buf), want);
    gw_buf_release(&buf);
}

static void cells_are_quoted_where_needed(void **state)
{
    (void)state;
    check_cell("", true, "");
    check_cell("", false, ",");
    check_cell("plain text", false, ",plain text");
    check_cell("a,b", true, "\"a,b\"");
    check_cell("say \"hi\"", true, "\"say \"\"hi\"\"\"");
    check_cell("two\nlines", true, "\"two\nlines\"");
    check_cell("two\rlines", true, "\"two\rlines\"");
}

static void what_a_spreadsheet_would_run_is_disarmed(void **state)
{
    (void)state;
    check_cell("=cmd|' /C calc'!A0", true, "'=cmd|' /C calc'!A0");
    check_cell("+1", true, "'+1");
    check_cell("-1", true, "'-1");
    check_cell("@SUM(A1)", true, "'@SUM(A1)");
    check_cell("\tx", true, "'\tx");
    check_cell("\rx", true, "\"'\rx\"");
    check_cell("=1,2", true, "\"'=1,2\"");
    check_cell("'=1", true, "''=1");
    check_cell("'''-", true, "''''-");
    check_cell("'quoted'", true, "'quoted'");
    check_cell("'", true, "'");
    good(HEAD "a,cn,'=1\nb,cn,''=1\nc,cn,'x\nd,cn,\"'=\"\"\"\ne,cn,'\n",
         "2: gateway_id=[a] region=[cn] name=[=1]\n3: gateway_id=[b] region=[cn] name=['=1]\n"
         "4: gateway_id=[c] region=[cn] name=['x]\n5: gateway_id=[d] region=[cn] name=[=\"]\n"
         "6: gateway_id=[e] region=[cn] name=[']\n");
    /* The place of a wrong character counts the ' that was taken away. */
    bad("gateway_id,region\n'=a,cn\n",
        "f:2:2: gateway_id: `=` is none of the letters, digits, - _ . that it is made of\n");
}

struct kept {
    char name[256];
};

static bool keep_name(void *user, const struct gw_row *row, char reason[160])
{
    struct kept *kept = user;

    (void)reason;
    return gw_text_copy_n(kept->name, sizeof(kept->name), row->field[GW_COLUMN_NAME].text,
                          row->field[GW_COLUMN_NAME].len);
}

static void any_text_survives_export_and_import(void **state)
{
    static const char *const pieces[] = {
        "'",    "=", "+", "-", "@", "\t",           "\r", "\n", "\r\n", "\"",
        "\"\"", ",", ";", " ", "a", "\xe4\xb8\x8a", "0",  "\\", "|",    "\xef\xbb\xbf",
        "\x01"};
    struct gw_rng rng;
    struct gw_buf text, report;
    struct kept kept = {""};

    (void)state;
    gw_rng_init(&rng, 1);
    gw_buf_init(&text, 0);
    gw_buf_init(&report, 0);
    for (unsigned round = 0; round < 20000; round++) {
        char name[128] = "";
        uint64_t rows = 0;

        for (uint64_t n = gw_rng_below(&rng, 9), i = 0; i < n; i++)
            (void)snprintf(name + strlen(name), sizeof(name) - strlen(name), "%s",
                           pieces[gw_rng_below(&rng, GW_COUNT_OF(pieces))]);
        gw_buf_reset(&text);
        (void)gw_buf_add_text(&text, HEAD);
        gw_csv_cell(&text, "a", true);
        gw_csv_cell(&text, "cn", false);
        gw_csv_cell(&text, name, false);
        (void)gw_buf_add_text(&text, round % 2 ? "\r\n" : "\n");
        if (gw_table_read(text.data, text.len, "f", GW_TABLE_CSV, keep_name, &kept, &rows, &report))
            fail_msg("%s", gw_buf_text(&report));
        assert_int_equal(rows, 1);
        assert_string_equal(kept.name, name);
    }
    gw_buf_release(&text);
    gw_buf_release(&report);
}

/* Whatever the bytes are, the reader ends, and its places lie in the text. */
static void random_bytes_end_in_rows_or_problems(void **state)
{
    static const char *const pieces[] = {"\"",         "\"\"",   ",",     "\n",  "\r\n", "\r",
                                         "a",          "cn",     "'=",    " ",   "\xff", "\xd0\xb0",
                                         "gateway_id", "region", "tag:x", "name"};
    struct gw_rng rng;

    (void)state;
    gw_rng_init(&rng, 2);
    for (unsigned round = 0; round < 5000; round++) {
        char text[512] = "";
        struct seen seen;
        char *copy;
        size_t len;

        if (round % 4)
            (void)snprintf(text, sizeof(text), HEAD);
        for (uint64_t n = gw_rng_below(&rng, 40), i = 0; i < n; i++)
            (void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s",
                           pieces[gw_rng_below(&rng, GW_COUNT_OF(pieces))]);
        len = strlen(text);
        copy = gw_mem_new(len + 1, 1);
        memcpy(copy + 1, text,
               len); /* ends where its memory ends: reading on would be seen by the sanitizer */
        seen_read(&seen, copy + 1, len, round % 5 ? GW_TABLE_CSV : GW_TABLE_JSONL);
        assert_true(seen.n_rows <= len);
        seen_release(&seen);
        free(copy);
    }
}

static void the_format_is_guessed_by_the_first_byte(void **state)
{
    (void)state;
    assert_int_equal(gw_table_guess("", 0), GW_TABLE_CSV);
    assert_int_equal(gw_table_guess("gateway_id", 10), GW_TABLE_CSV);
    assert_int_equal(gw_table_guess("{", 1), GW_TABLE_JSONL);
    assert_int_equal(gw_table_guess(" \t\r\n{", 5), GW_TABLE_JSONL);
    assert_int_equal(gw_table_guess("\xef\xbb\xbf\n{", 5), GW_TABLE_JSONL);
    assert_int_equal(gw_table_guess(" {", 1), GW_TABLE_CSV);
    assert_int_equal(gw_table_guess("[{", 2), GW_TABLE_CSV);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_order_with_their_lines),
        cmocka_unit_test(every_column_is_read),
        cmocka_unit_test(line_ends_marks_and_blank_lines),
        cmocka_unit_test(quoted_fields),
        cmocka_unit_test(text_of_any_language),
        cmocka_unit_test(the_longest_field_and_the_most_columns),
        cmocka_unit_test(headers_that_do_not_do),
        cmocka_unit_test(other_kinds_of_files_are_named),
        cmocka_unit_test(too_many_columns),
        cmocka_unit_test(rows_of_the_wrong_shape),
        cmocka_unit_test(quotes_that_do_not_match),
        cmocka_unit_test(bytes_that_are_no_text),
        cmocka_unit_test(long_fields),
        cmocka_unit_test(identifiers),
        cmocka_unit_test(roles_and_zones),
        cmocka_unit_test(refusals_of_who_takes_the_rows),
        cmocka_unit_test(many_problems),
        cmocka_unit_test(cells_are_quoted_where_needed),
        cmocka_unit_test(what_a_spreadsheet_would_run_is_disarmed),
        cmocka_unit_test(any_text_survives_export_and_import),
        cmocka_unit_test(random_bytes_end_in_rows_or_problems),
        cmocka_unit_test(the_format_is_guessed_by_the_first_byte),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
