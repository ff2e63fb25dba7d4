/* The two parsers under the tree: what they take, what they refuse, and that both give the same tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>
#include <cmocka.h>

#include "gatewave/base/buf.h"

#include "tree.h"

/* 16 elements deep, and what is inside of the last. */
#define FOUR(inside)     "<a><a><a><a>" inside "</a></a></a></a>"
#define DEEP_XML(inside) FOUR(FOUR(FOUR(FOUR(inside))))

typedef bool parser(const char *bytes, size_t len, struct gw_tree *ret, struct gw_tree_error *ret_error);

/* From memory of exactly that size, so that the sanitizer sees a read past its end. */
static enum gw_tree_fault verdict(parser *parse, const char *bytes, size_t len)
{
    char *copy = malloc(len ? len : 1);
    struct gw_tree tree;
    struct gw_tree_error error = {0};
    bool ok;

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    ok = parse(copy, len, &tree, &error);
    free(copy);
    if (ok) {
        gw_tree_release(&tree);
        return GW_TREE_NONE;
    }
    assert_int_not_equal(error.fault, GW_TREE_NONE);
    assert_non_null(error.why);
    assert_true(error.at <= len);
    return error.fault;
}

static void assert_verdict(parser *parse, const char *text, enum gw_tree_fault want)
{
    const enum gw_tree_fault got = verdict(parse, text, strlen(text));

    if (got != want)
        fail_msg("%s: verdict %d instead of %d", text, got, want);
}

static void test_json_that_is_taken(void **state)
{
    static const char *const good[] = {
        "{}",
        "[]",
        "0",
        "-0",
        "-1.5e+10",
        "1E-2",
        "\"\"",
        "true",
        "false",
        "null",
        " \t\r\n{ } \n",
        "{\"a\":[1,2,{\"b\":null}],\"c\":\"\\u00e9\\n\\/\\\\\\\"\"}",
        "\"\\ud83d\\ude00\"",
        "\"\xE6\x9D\xAD\"",
        "{\"\":1}",
        "{\"a\":1,\"A\":2}",
        "[[],[[]],{}]",
        "1e400",
        "12345678901234567890",
        "[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]" /* 16 deep */,
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_verdict(gw_tree_parse_json, good[i], GW_TREE_NONE);
}

static void test_json_that_is_refused(void **state)
{
    static const char *const bad[] = {
        "{} {}",
        "{}x",
        "{},",
        "[1,]",
        "[,1]",
        "[1 2]",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "{\"a\":}",
        "{a:1}",
        "{'a':1}",
        "{1:2}",
        "01",
        "-01",
        "+1",
        ".5",
        "1.x",
        "1ex",
        "0x10",
        "NaN",
        "Infinity",
        "-Infinity",
        "-x",
        "truE",
        "nulL",
        "True",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\u0000\"",
        "\"a\\u0000b\"",
        "\"\\ud800\"",
        "\"\\ud800x\"",
        "\"\\ud800\\n\"",
        "\"\\ud800\\ud800\"",
        "\"\\udc00\"",
        "\"a\nb\"",
        "\"a\tb\"",
        "\"\x01\"",
        "\"\x80\"",
        "\"\xC0\xAF\"",
        "\"\xED\xA0\x80\"",
        "\"\xF4\x90\x80\x80\"",
        "\"\xE6\x9D\"",
        "\xEF\xBB\xBF{}",
        "/**/{}",
        "{}//",
        "}",
        "]",
        "[}",
        "{]",
        ",",
        ":",
        "{\"a\":1]",
        "[1}",
        "\f{}",
        "\v1",
        "\xC2\xA0{}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":2}}",
        "{\"a\":1,\"\\u0061\":2}",
        "[{\"a\":1},{\"x\":1,\"x\":1}]",
        "[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]" /* 17 deep */,
        "1234567890123456789012345678901234567890123456789", /* 49 digits */
        "0.0000000000000000000000000000000000000000000000000000000000000000000000000001",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_verdict(gw_tree_parse_json, bad[i], GW_TREE_MALFORMED);
    assert_int_equal(verdict(gw_tree_parse_json, "{}\0", 3), GW_TREE_MALFORMED);
    assert_int_equal(verdict(gw_tree_parse_json, "\"a\0b\"", 5), GW_TREE_MALFORMED);
    assert_int_equal(verdict(gw_tree_parse_json, "\0{}", 3), GW_TREE_MALFORMED);
}

/* Every beginning of a good text is a truncated one. */
static void test_json_truncated_anywhere(void **state)
{
    static const char text[] =
        "{\"a\":[true,false,null,-1.5e+10,\"\\u00e9\\ud83d\\ude00\\n\"],\"b\":{\"c\":[]}}";

    (void)state;
    for (size_t len = 0; len < strlen(text); len++) {
        if (verdict(gw_tree_parse_json, text, len) != GW_TREE_TRUNCATED)
            fail_msg("cut at %zu", len);
    }
    assert_verdict(gw_tree_parse_json, text, GW_TREE_NONE);
}

/* Any one byte changed, to anything: taken or refused, but never worse; the sanitizer watches. */
static void test_every_byte_changed(void **state)
{
    static const char json[] = "{\"a\":[1,\"\\u00e9\"],\"SecretKey\":\"k\",\"b\":{\"c\":null}}";
    static const char xml[] = "<?xml version='1.0'?><E><a>1</a><a>&amp;&#65;</a><b><![CDATA[x]]></b></E>";
    char text[128];

    (void)state;
    for (size_t at = 0; at < sizeof(json) - 1; at++) {
        memcpy(text, json, sizeof(json));
        for (int byte = 0; byte < 256; byte++) {
            text[at] = (char)byte;
            verdict(gw_tree_parse_json, text, sizeof(json) - 1);
        }
    }
    for (size_t at = 0; at < sizeof(xml) - 1; at++) {
        memcpy(text, xml, sizeof(xml));
        for (int byte = 0; byte < 256; byte++) {
            text[at] = (char)byte;
            verdict(gw_tree_parse_xml, text, sizeof(xml) - 1);
        }
    }
}

static void test_depth_bombs(void **state)
{
    enum {
        SIZE = 200000
    };
    char *bomb = malloc(SIZE + 1);

    (void)state;
    assert_non_null(bomb);
    memset(bomb, '[', SIZE);
    assert_int_equal(verdict(gw_tree_parse_json, bomb, SIZE), GW_TREE_MALFORMED);
    for (size_t i = 0; i + 5 <= SIZE; i += 5)
        memcpy(bomb + i, "{\"a\":", 5);
    assert_int_equal(verdict(gw_tree_parse_json, bomb, SIZE), GW_TREE_MALFORMED);
    for (size_t i = 0; i + 4 <= SIZE; i += 4)
        memcpy(bomb + i, "<ab>", 4);
    assert_int_equal(verdict(gw_tree_parse_xml, bomb, SIZE), GW_TREE_MALFORMED);
    free(bomb);
}

/* A great many names in one object would make the search for duplicates slow: there is a limit. */
static void test_wide_objects(void **state)
{
    enum {
        SIZE = 64 * 1024
    };
    char *text = malloc(SIZE);

    (void)state;
    assert_non_null(text);
    for (int names = GW_TREE_KEYS_MAX; names <= GW_TREE_KEYS_MAX + 1; names++) {
        const enum gw_tree_fault want = names > GW_TREE_KEYS_MAX ? GW_TREE_MALFORMED : GW_TREE_NONE;
        size_t len = 0;

        text[len++] = '{';
        for (int i = 0; i < names; i++)
            len += (size_t)snprintf(text + len, SIZE - len, "%s\"n%d\":%d", i ? "," : "", i, i);
        text[len++] = '}';
        assert_int_equal(verdict(gw_tree_parse_json, text, len), want);
        len = (size_t)snprintf(text, SIZE, "<R>");
        for (int i = 0; i < names; i++)
            len += (size_t)snprintf(text + len, SIZE - len, "<n%d>%d</n%d>", i, i, i);
        len += (size_t)snprintf(text + len, SIZE - len, "</R>");
        assert_int_equal(verdict(gw_tree_parse_xml, text, len), want);
    }
    free(text);
}

static void test_xml_that_is_taken(void **state)
{
    static const char *const good[] = {
        "<E/>",
        "<E></E>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<E><Code>x</Code></E>\n",
        "<E><!-- note --><Code>&lt;&#65;&amp;</Code></E>",
        "<E x='1' y='2'><a/></E>",
        "<E><![CDATA[<x>]]></E>",
        DEEP_XML("x"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        assert_verdict(gw_tree_parse_xml, good[i], GW_TREE_NONE);
}

static void test_xml_that_is_refused(void **state)
{
    static const char *const bad[] = {
        "x",
        "<E></F>",
        "<E/><E/>",
        "<E/>x",
        "<E><a></E></a>",
        "<E>text<a/></E>",
        "<E><a/>text</E>",
        "<E>&nbsp;</E>",
        "<E>&#0;</E>",
        "<E>\x01</E>",
        "<E>\x80</E>",
        "<E>\xED\xA0\x80</E>",
        "<E a='1' a='2'/>",
        "<!DOCTYPE E><E/>",
        "<!DOCTYPE E SYSTEM \"file:///etc/passwd\"><E/>",
        "<!DOCTYPE E [<!ENTITY x \"y\">]><E>&x;</E>",
        "<!DOCTYPE E [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><E>&x;</E>",
        "<!DOCTYPE l [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;\">]><l>&c;</l>",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><!DOCTYPE r [<!ATTLIST r a CDATA \"x\">]><r/>",
        "{\"Code\":\"x\"}",
        DEEP_XML("<a/>"),
    };

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_verdict(gw_tree_parse_xml, bad[i], GW_TREE_MALFORMED);
    assert_int_equal(verdict(gw_tree_parse_xml, "<E>\0</E>", 8), GW_TREE_MALFORMED);
    assert_int_equal(verdict(gw_tree_parse_xml, "<E/>\0", 5), GW_TREE_MALFORMED);
    /* another encoding than UTF-8 is what the bytes are in, not what they say */
    assert_int_equal(verdict(gw_tree_parse_xml, "<?xml version='1.0' encoding='ISO-8859-1'?><E>\xE9</E>", 51),
                     GW_TREE_MALFORMED);
}

static void test_xml_truncated_anywhere(void **state)
{
    static const char text[] = "<?xml version='1.0'?><E><a>1</a><b><c>\xE6\x9D\xAD&amp;</c></b></E>";

    (void)state;
    for (size_t len = 0; len < strlen(text); len++) {
        if (verdict(gw_tree_parse_xml, text, len) == GW_TREE_NONE)
            fail_msg("cut at %zu", len);
    }
    assert_int_equal(verdict(gw_tree_parse_xml, text, strlen("<?xml version='1.0'?><E><a>1</a>")),
                     GW_TREE_TRUNCATED);
}

static void assert_items(parser *parse, const char *text, const char *want)
{
    struct gw_tree tree;
    struct gw_tree_error error;
    struct gw_tree_items items;
    const struct cJSON *item;
    struct gw_buf got;
    char id[16];

    gw_buf_init(&got, 0);
    assert_true(parse(text, strlen(text), &tree, &error));
    assert_true(gw_tree_items(tree.root, "Xs", "X", &items));
    while ((item = gw_tree_next(&items))) {
        assert_true(gw_tree_text(item, "Id", id, sizeof(id)));
        gw_buf_add_text(&got, id);
    }
    assert_string_equal(gw_buf_text(&got), want);
    gw_buf_release(&got);
    gw_tree_release(&tree);
}

static void test_lists_in_all_styles(void **state)
{
    (void)state;
    assert_items(gw_tree_parse_json, "{\"Xs\":{\"X\":[{\"Id\":\"a\"},{\"Id\":\"b\"}]}}", "ab");
    assert_items(gw_tree_parse_json, "{\"Xs\":[{\"Id\":\"a\"},{\"Id\":\"b\"}]}", "ab");
    assert_items(gw_tree_parse_json, "{\"xs\":{\"x\":[{\"id\":\"a\"}]}}", "a");
    assert_items(gw_tree_parse_json, "{}", "");
    assert_items(gw_tree_parse_json, "{\"Xs\":null}", "");
    assert_items(gw_tree_parse_json, "{\"Xs\":\"\"}", "");
    assert_items(gw_tree_parse_json, "{\"Xs\":{}}", "");
    assert_items(gw_tree_parse_json, "{\"Xs\":[]}", "");
    assert_items(gw_tree_parse_json, "{\"Xs\":{\"X\":null}}", "");
    assert_items(gw_tree_parse_json, "{\"Xs\":{\"X\":[]}}", "");
    assert_items(gw_tree_parse_xml, "<R><Xs><X><Id>a</Id></X><X><Id>b</Id></X><X><Id>c</Id></X></Xs></R>",
                 "abc");
    assert_items(gw_tree_parse_xml, "<R><Xs><X><Id>a</Id></X></Xs></R>", "a");
    assert_items(gw_tree_parse_xml, "<R><Xs><Other/><X><Id>a</Id></X><Last/></Xs></R>", "a");
    assert_items(gw_tree_parse_xml, "<R><Xs><Id>a</Id></Xs><Xs><Id>b</Id></Xs></R>", "ab");
    assert_items(gw_tree_parse_xml, "<R><Xs><Id>a</Id></Xs><After/></R>", "a");
    assert_items(gw_tree_parse_xml, "<R><Xs/></R>", "");
    assert_items(gw_tree_parse_xml, "<R><Xs>\n  </Xs></R>", "");
    assert_items(gw_tree_parse_xml, "<R/>", "");
}

static void test_lists_that_are_none(void **state)
{
    static const char *const bad[] = {"{\"Xs\":1}", "{\"Xs\":\"a\"}", "{\"Xs\":true}", "{\"Xs\":{\"X\":3}}",
                                      "{\"Xs\":{\"X\":\"b\"}}"};

    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct gw_tree tree;
        struct gw_tree_error error;
        struct gw_tree_items items;

        assert_true(gw_tree_parse_json(bad[i], strlen(bad[i]), &tree, &error));
        assert_false(gw_tree_items(tree.root, "Xs", "X", &items));
        gw_tree_release(&tree);
    }
}

static void test_scalars(void **state)
{
    static const char text[] =
        "{\"T\":\"abc\",\"n\":200,\"Big\":9007199254740991,\"Huge\":1e300,\"Half\":1.5,\"Neg\":-3,"
        "\"Str\":\"42\",\"Word\":\"x42\",\"Null\":null,\"Bool\":true,\"Inf\":1e999,\"Long\":\"abcdefgh\"}";
    struct gw_tree tree;
    struct gw_tree_error error;
    char got[8], wide[32];
    uint32_t n = 7;

    (void)state;
    assert_true(gw_tree_parse_json(text, strlen(text), &tree, &error));
    assert_true(gw_tree_text(tree.root, "T", got, sizeof(got)));
    assert_string_equal(got, "abc");
    assert_true(gw_tree_text(tree.root, "N", got, sizeof(got))); /* a small first letter will do */
    assert_string_equal(got, "200");
    assert_true(gw_tree_text(tree.root, "Big", wide, sizeof(wide)));
    assert_string_equal(wide, "9007199254740991");
    assert_false(gw_tree_text(tree.root, "Long", got, sizeof(got))); /* never cut */
    assert_string_equal(got, "");
    assert_false(gw_tree_text(tree.root, "Big", got, sizeof(got)));
    for (const char *const *name = (const char *const[]){"Huge", "Half", "Null", "Bool", "Inf", "None", NULL};
         *name; name++) {
        assert_false(gw_tree_text(tree.root, *name, wide, sizeof(wide)));
        assert_string_equal(wide, "");
        assert_false(gw_tree_u32(tree.root, *name, &n));
    }
    assert_false(gw_tree_u32(tree.root, "Neg", &n));
    assert_false(gw_tree_u32(tree.root, "Word", &n));
    assert_false(gw_tree_u32(tree.root, "Big", &n));
    assert_int_equal(n, 7);
    assert_true(gw_tree_u32(tree.root, "Str", &n));
    assert_int_equal(n, 42);
    assert_true(gw_tree_u32(tree.root, "N", &n));
    assert_int_equal(n, 200);
    gw_tree_release(&tree);
}

static void test_secrets_do_not_get_in(void **state)
{
    static const char json[] =
        "{\"Devices\":{\"Device\":[{\"SecretKey\":\"k\",\"Sn\":\"s\",\"secretkey\":{\"a\":\"k\"}}]},"
        "\"SecretKey\":[\"k\"]}";
    static const char xml[] =
        "<R><SecretKey>k</SecretKey><D><Sn>s</Sn><SecretKey><a>k</a></SecretKey></D></R>";
    struct gw_tree tree;
    struct gw_tree_error error;
    char *text;

    (void)state;
    assert_true(gw_tree_parse_json(json, strlen(json), &tree, &error));
    text = cJSON_PrintUnformatted(tree.root);
    assert_string_equal(text, "{\"Devices\":{\"Device\":[{\"Sn\":\"s\"}]}}");
    free(text);
    gw_tree_release(&tree);
    assert_true(gw_tree_parse_xml(xml, strlen(xml), &tree, &error));
    text = cJSON_PrintUnformatted(tree.root);
    assert_string_equal(text, "{\"D\":{\"Sn\":\"s\"}}");
    assert_string_equal(tree.root_name, "R");
    free(text);
    gw_tree_release(&tree);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_json_that_is_taken),
        cmocka_unit_test(test_json_that_is_refused),
        cmocka_unit_test(test_json_truncated_anywhere),
        cmocka_unit_test(test_every_byte_changed),
        cmocka_unit_test(test_depth_bombs),
        cmocka_unit_test(test_wide_objects),
        cmocka_unit_test(test_xml_that_is_taken),
        cmocka_unit_test(test_xml_that_is_refused),
        cmocka_unit_test(test_xml_truncated_anywhere),
        cmocka_unit_test(test_lists_in_all_styles),
        cmocka_unit_test(test_lists_that_are_none),
        cmocka_unit_test(test_scalars),
        cmocka_unit_test(test_secrets_do_not_get_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
