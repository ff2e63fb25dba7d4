/* What each fault of the network does to a request, to its sender and to the ledger. */
#include <string.h>

#include "network/net_try.h"

#define MANY 160

static struct sim_swarm swarm;
static struct try_call calls[TRY_CALLS_MAX];

static void begin(struct try_client *client, uint32_t n, enum gw_action action, uint64_t every_ms)
{
    try_swarm(&swarm, 1);
    try_calls(calls, n, action, every_ms);
    *client = (struct try_client){.call = calls, .n = n};
}

/* How often it was hit since it was asked for last. */
static uint64_t hits_since(enum sim_fault fault)
{
    static uint64_t before[SIM_FAULTS];
    uint64_t n = sim_hits()[fault] - before[fault];

    before[fault] = sim_hits()[fault];
    return n;
}

static uint32_t effects(void)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < sim_ledger_count(); i++)
        n += sim_ledger_at(i)->effect;
    return n;
}

static void assert_no_upgrade(void)
{
    for (uint32_t i = 0; i < swarm.n_devices; i++) {
        struct sim_truth truth;

        sim_network_truth(i, &truth);
        assert_string_equal(truth.version, SIM_VERSION_OLD);
        assert_int_equal(truth.updates_effective, 0);
    }
}

/* ---- the way there ---- */

static void test_a_refused_connection_sends_nothing(void **state)
{
    struct try_client client;
    uint32_t connects = 0, resolves = 0, handshakes = 0;

    (void)state;
    begin(&client, MANY, GW_ACTION_UPDATE_VERSION, 0);
    swarm.refused_bp = 10000;
    (void)hits_since(SIM_CONNECT_REFUSED);
    try_world(&swarm, &client);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(calls[i].n_done, 1);
        assert_int_equal(calls[i].end, GW_HTTP_NEVER_SENT);
        connects += calls[i].cause == GW_HTTP_CAUSE_CONNECT;
        resolves += calls[i].cause == GW_HTTP_CAUSE_RESOLVE;
        handshakes += calls[i].cause == GW_HTTP_CAUSE_TLS;
        assert_int_equal(calls[i].status, 0);
    }
    assert_true(connects > 0 && resolves > 0 && handshakes > 0);
    assert_int_equal(connects + resolves + handshakes, MANY);
    assert_int_equal(sim_ledger_count(), 0);
    assert_int_equal(hits_since(SIM_CONNECT_REFUSED), MANY);
    try_end();
}

static void test_a_lost_request_has_no_effect(void **state)
{
    struct try_client client;

    (void)state;
    begin(&client, MANY, GW_ACTION_UPDATE_VERSION, 0);
    swarm.lost_bp = 10000;
    (void)hits_since(SIM_REQUEST_LOST);
    try_world(&swarm, &client);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(calls[i].end, GW_HTTP_BROKEN);
    assert_int_equal(sim_ledger_count(), 0);
    assert_no_upgrade();
    assert_int_equal(hits_since(SIM_REQUEST_LOST), MANY);
    try_end();
}

/* Its effect comes when its sender has long given it up, unless its signature has expired by then. */
static void test_a_late_request_has_its_effect_late(void **state)
{
    struct try_client client;
    uint32_t begun = 0, expired = 0, after_end = 0;

    (void)state;
    begin(&client, MANY, GW_ACTION_UPDATE_VERSION, 0);
    swarm.late_bp = 10000;
    swarm.late_ms = 2 * TRY_VALIDITY_MS;
    (void)hits_since(SIM_REQUEST_LATE);
    (void)hits_since(SIM_REPLY_LOST);
    (void)hits_since(SIM_STAMP_EXPIRED);
    try_world(&swarm, &client);
    assert_int_equal(sim_ledger_count(), MANY);
    for (int i = 0; i < MANY; i++) {
        const struct sim_line *line = try_line(calls[i].nonce, false);
        bool is_old = line->arrived_ms > SIM_START_MS + TRY_VALIDITY_MS;

        assert_int_equal(calls[i].end, GW_HTTP_BROKEN);
        assert_int_equal(line->delivered_ms, 0);
        assert_true(line->sent_ms <= SIM_START_MS + TRY_DELAY_MS);
        assert_in_range(line->arrived_ms, line->sent_ms + 1, line->sent_ms + swarm.late_ms);
        assert_int_equal(line->code && strcmp(line->code, "InvalidTimeStamp.Expired") == 0, is_old);
        assert_true(!is_old || !line->effect);
        begun += line->effect;
        expired += is_old;
        after_end += line->arrived_ms > calls[i].done_ms;
    }
    assert_true(begun >= 8);
    assert_in_range(expired, MANY / 3, 2 * MANY / 3);
    assert_true(after_end > 3 * MANY / 4);
    assert_int_equal(hits_since(SIM_STAMP_EXPIRED), expired);
    assert_int_equal(hits_since(SIM_REQUEST_LATE), after_end);
    assert_int_equal(hits_since(SIM_REPLY_LOST), MANY - after_end);
    try_end();
}

/* A copy is refused by its nonce; whoever sent it hears one of the two replies. */
static void test_a_request_twice_is_carried_out_once(void **state)
{
    struct try_client client;
    uint32_t accepted = 0, used = 0, late = 0, copy_first = 0;

    (void)state;
    begin(&client, MANY, GW_ACTION_UPDATE_VERSION, 0);
    for (int i = 0; i < MANY; i++)
        calls[i].after_ms = (uint64_t)(i / 8) * 30000; /* when all are back */
    swarm.twice_bp = 10000;
    (void)hits_since(SIM_NONCE_USED);
    try_world(&swarm, &client);
    assert_int_equal(sim_ledger_count(), 2 * MANY);
    for (int i = 0; i < MANY; i++) {
        const struct sim_line *own = try_line(calls[i].nonce, false), *copy = try_line(calls[i].nonce, true);
        const struct sim_line *first, *second;

        assert_true(own && copy);
        first = own->number < copy->number ? own : copy;
        second = first == own ? copy : own;
        assert_int_equal(own->sent_ms, copy->sent_ms);
        assert_true(!first->code || strcmp(first->code, "SignatureNonceUsed") != 0);
        assert_string_equal(second->code, "SignatureNonceUsed");
        assert_false(second->effect);
        assert_int_equal(calls[i].end, GW_HTTP_COMPLETE);
        assert_int_equal((own->delivered_ms > 0) + (copy->delivered_ms > 0), 1);
        used += second->delivered_ms > 0;
        accepted += calls[i].answer.proof == GW_PROOF_ACCEPTED;
        assert_true(second->delivered_ms == 0 || calls[i].answer.proof == GW_PROOF_IN_DOUBT);
        late += copy->arrived_ms > calls[i].done_ms;
        copy_first += first == copy;
    }
    assert_true(accepted > 0 && used > 0 && late > MANY / 4 && copy_first > 0);
    assert_int_equal(hits_since(SIM_NONCE_USED), MANY);
    try_end();
}

/* A transport that may send a request again does, when an idle connection dies under it; an update call may not be. */
static void test_only_reads_are_sent_again(void **state)
{
    static const enum gw_action action[] = {GW_ACTION_UPDATE_VERSION, GW_ACTION_GATEWAY};
    struct try_client client;

    (void)state;
    for (int kind = 0; kind < 2; kind++) {
        uint32_t resends = 0, twice = 0, lines[MANY] = {0};

        begin(&client, MANY, action[kind], 0);
        client.waits_for_first = true;
        swarm.lost_bp = 5000;
        try_world(&swarm, &client);
        for (uint32_t i = 0; i < sim_ledger_count(); i++) {
            assert_false(sim_ledger_at(i)->copy);
            for (int j = 0; j < MANY; j++)
                lines[j] += strcmp(calls[j].nonce, sim_ledger_at(i)->nonce) == 0;
        }
        for (int j = 0; j < MANY; j++) {
            resends += calls[j].cause == GW_HTTP_CAUSE_RESEND;
            twice += lines[j] > 1;
        }
        assert_true(kind == 0 ? resends > 0 && twice == 0 : resends == 0 && twice > 0);
        try_end();
    }
}

/* ---- the way back ---- */

/* Each with every reply of an update call: what is begun is begun, and never told. */
static void test_a_spoilt_reply_leaves_a_call_in_doubt(void **state)
{
    static const enum sim_fault fault[] = {SIM_REPLY_LOST, SIM_REPLY_CUT, SIM_REPLY_GARBLED};
    struct try_client client;

    (void)state;
    for (int kind = 0; kind < 3; kind++) {
        begin(&client, MANY, GW_ACTION_UPDATE_VERSION, 0);
        swarm.reply_lost_bp = kind == 0 ? 10000 : 0;
        swarm.reply_cut_bp = kind == 1 ? 10000 : 0;
        swarm.reply_garbled_bp = kind == 2 ? 10000 : 0;
        (void)hits_since(fault[kind]);
        try_world(&swarm, &client);
        assert_int_equal(sim_ledger_count(), MANY);
        assert_int_equal(effects(), 8);
        for (int i = 0; i < MANY; i++) {
            assert_int_equal(calls[i].end, kind == 2 ? GW_HTTP_COMPLETE : GW_HTTP_BROKEN);
            assert_int_equal(calls[i].status != 0, kind != 0);
            assert_int_equal(try_line(calls[i].nonce, false)->delivered_ms, 0);
            if (kind == 2)
                assert_int_equal(calls[i].answer.proof, GW_PROOF_IN_DOUBT);
        }
        assert_int_equal(hits_since(fault[kind]), MANY);
        try_end();
    }
}

/* Half of them stand for the cloud without having asked it. */
static void test_a_foreign_reply_says_nothing_of_the_call(void **state)
{
    struct try_client client;
    uint32_t redirects = 0;

    (void)state;
    begin(&client, MANY, GW_ACTION_UPDATE_VERSION, 0);
    swarm.reply_foreign_bp = 10000;
    try_world(&swarm, &client);
    assert_in_range(sim_ledger_count(), MANY / 4, 3 * MANY / 4);
    for (int i = 0; i < MANY; i++) {
        const struct sim_line *line = try_line(calls[i].nonce, false);

        assert_int_equal(calls[i].end, GW_HTTP_COMPLETE);
        assert_int_equal(calls[i].answer.proof, GW_PROOF_IN_DOUBT);
        assert_true(!line || line->delivered_ms == 0);
        redirects += calls[i].cause == GW_HTTP_CAUSE_REDIRECT;
    }
    assert_true(redirects > 0);
    try_end();
}

static void test_a_late_reply_is_read_if_somebody_waits(void **state)
{
    struct try_client client;
    uint32_t read = 0, stalled = 0;

    (void)state;
    begin(&client, MANY, GW_ACTION_GATEWAY, 0);
    swarm.reply_late_bp = 10000;
    try_world(&swarm, &client);
    for (int i = 0; i < MANY; i++) {
        const struct sim_line *line = try_line(calls[i].nonce, false);

        assert_int_equal(calls[i].n_done, 1);
        assert_int_equal(line->delivered_ms, calls[i].end == GW_HTTP_COMPLETE ? calls[i].done_ms : 0);
        read += calls[i].end == GW_HTTP_COMPLETE;
        stalled += calls[i].cause == GW_HTTP_CAUSE_STALL;
    }
    assert_in_range(read, MANY / 4, 3 * MANY / 4);
    assert_int_equal(read + stalled, MANY);
    try_end();
}

/* ---- regions ---- */

static void test_one_region_is_out_and_comes_back(void **state)
{
    struct try_client client;
    uint32_t refused = 0, silent = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        uint64_t first_ms = SIM_NEVER, last_ms = 0;
        uint32_t lane = SIM_NONE, met = 0;

        begin(&client, MANY, GW_ACTION_GATEWAY, 500);
        swarm.seed = seed;
        swarm.region_outs = 1;
        swarm.region_out_ms = 20000;
        (void)hits_since(SIM_REGION_OUT);
        try_world(&swarm, &client);
        for (int i = 0; i < MANY; i++) {
            if (calls[i].end == GW_HTTP_COMPLETE)
                continue;
            assert_true(lane == SIM_NONE || lane == swarm.device[calls[i].device].lane);
            lane = swarm.device[calls[i].device].lane;
            met++;
            refused += calls[i].end == GW_HTTP_NEVER_SENT && calls[i].cause == GW_HTTP_CAUSE_CONNECT;
            silent += calls[i].end == GW_HTTP_NEVER_SENT && calls[i].cause == GW_HTTP_CAUSE_TIMEOUT;
            if (calls[i].after_ms < first_ms)
                first_ms = calls[i].after_ms;
            if (calls[i].after_ms > last_ms)
                last_ms = calls[i].after_ms;
        }
        assert_true(met == 0 || last_ms - first_ms <= swarm.region_out_ms + TRY_DELAY_MS);
        assert_int_equal(met > 0, hits_since(SIM_REGION_OUT) > 0);
        try_end();
    }
    assert_true(refused > 0 && silent > 0);
}

/* ---- what is under way ---- */

static void test_knows_what_is_under_way(void **state)
{
    struct try_client client;
    uint32_t seen = 0;

    (void)state;
    begin(&client, 8, GW_ACTION_UPDATE_VERSION, 0);
    calls[3].action = GW_ACTION_GATEWAY;
    swarm.late_bp = 10000;
    try_begin(&swarm);
    try_start(&client, &swarm);
    for (int step = 0; step < 400; step++) {
        try_play(50);
        for (uint32_t i = 0; i < 8; i++) {
            bool sent = sim_now_ms() > SIM_START_MS + TRY_DELAY_MS;
            bool expected = i != 3 && !try_line(calls[i].nonce, false);

            if (sent)
                assert_int_equal(sim_network_has_update_under_way(i), expected);
            seen += sent && expected;
        }
    }
    assert_true(seen > 0);
    assert_int_equal(sim_ledger_count(), 8);
    try_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_refused_connection_sends_nothing),
        cmocka_unit_test(test_a_lost_request_has_no_effect),
        cmocka_unit_test(test_a_late_request_has_its_effect_late),
        cmocka_unit_test(test_a_request_twice_is_carried_out_once),
        cmocka_unit_test(test_only_reads_are_sent_again),
        cmocka_unit_test(test_a_spoilt_reply_leaves_a_call_in_doubt),
        cmocka_unit_test(test_a_foreign_reply_says_nothing_of_the_call),
        cmocka_unit_test(test_a_late_reply_is_read_if_somebody_waits),
        cmocka_unit_test(test_one_region_is_out_and_comes_back),
        cmocka_unit_test(test_knows_what_is_under_way),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
