"""Whether what the program says agrees with what the cloud saw: outcomes device by device, and the law of the calls.

Nothing here asks the program about itself: the ledger has a line for every request that reached the cloud, written
before its reply was; the truth is what the devices ran at the end. Names like I3 are those of the safety catalogue.
A problem is a sentence; no problems is an empty list.
"""

import bisect
import collections
import datetime
import math

UPDATE = "UpdateSmartAccessGatewayVersion"
LIST = "DescribeSmartAccessGateways"

# Codes that leave open whether the call took effect; every other code is a refusal.
DOUBTFUL = {"InternalError", "InternalServerError", "UnknownError", "ServiceUnavailable", "SignatureNonceUsed"}
# What may stand behind an outcome without more; only a failure has the vendor's code, that of its last call.
CODES = {
    "succeeded": {None, "at_version"},
    "skipped": {"at_version", "newer"},
    "failed": {"not_found", "unsuitable", "ambiguous", "stuck", "attempts"},
    "deferred": {"offline", "mate", "unreadable", "SmartAccessGatewayNotOnline"},
    "unresolved": {"unproven", "unreadable", "foreign_version"},
    "canceled": {None, "aborted", "left_out"},
}

# Refusals of the moment, behind which a device waits to be called again.
PASSING = {"GetSmartAccessGatewayStateError", "Throttling.User"}

FRESH_MS = 60000
# Between a request's leaving and its line in the ledger lie two schedulers of a machine that may be busy. What was
# sent evenly may arrive bunched by that much, and nothing but this allowance tells it from a burst.
JITTER_MS = 200
# A rate is counted at the server, and a machine that stops on the way (an instrumented build, a TLS handshake for each
# call, other tests beside it) bunches all that was under way. A test that is about rates asks for less and measures
# anew; rates to the millisecond are the simulator's business.
BUNCHED_MS = 1000


def device_of(line):
    return line["gateway_id"], line["serial"]


def updates_of(ledger):
    """Device -> its update calls in the order of arrival."""
    updates = collections.defaultdict(list)
    for line in ledger:
        if line["action"] == UPDATE:
            updates[device_of(line)].append(line)
    return updates


def reads_of(ledger):
    """Gateway -> arrivals (ms) of the reads that were answered and could tell of it."""
    reads = collections.defaultdict(list)
    for line in ledger:
        if line["action"] == UPDATE or line["http_status"] != 200:
            continue
        for gateway_id in line["gateway_ids"] or [line["gateway_id"]]:
            reads[gateway_id].append(line["at_ms"])
    return reads


def signed_ms(line):
    text = line["timestamp"].replace("Z", "+00:00")
    return int(datetime.datetime.fromisoformat(text).timestamp() * 1000)


def refused(line):
    """Whether a refusal was handed to the client."""
    return line["replied"] and bool(line["code"]) and line["code"] not in DOUBTFUL


def accepted(line):
    return line["replied"] and line["http_status"] == 200


def doubtful(line):
    """Whether its sender cannot know what the call came to."""
    return not refused(line) and not accepted(line)


def up_us(line):
    """When the device that an effective call took down is up again, on the ledger's monotonic clock."""
    return math.inf if line["down_ms"] is None else line["mono_us"] + 1000 * line["down_ms"]


def named(device, sentence):
    return f"{device[0]} {device[1]}: {sentence}"


# ---- the law of the calls ----


def check_nonces(ledger, reads=True):
    """I4: the transport never sends anything twice; reads it may, where connections die under them."""
    seen = collections.Counter(line["nonce"] for line in ledger if reads or line["action"] == UPDATE)
    return [f"nonce {nonce} arrived {n} times" for nonce, n in seen.items() if nonce and n > 1]


def check_intents(ledger, nonces):
    """I1: what arrived was on the disk before. nonces: those of the database's attempts."""
    return [named(device_of(line), f"call {line['n']} arrived, and the database has no intent of it")
            for line in ledger if line["action"] == UPDATE and line["nonce"] not in nonces]


def settled_between(first, second, reads, fence_ms, agree_ms):
    """Whether reads between two calls could prove that the first had no effect."""
    fence = signed_ms(first) + fence_ms
    late = [at for at in reads if fence <= at <= second["at_ms"]]
    return len(late) >= 2 and late[-1] - late[0] >= agree_ms - JITTER_MS


def check_resends(ledger, fence_ms, agree_ms):
    """I3: between two calls for a device lies a refusal, or two reads past the first one's fence."""
    reads, problems = reads_of(ledger), []
    for device, calls in updates_of(ledger).items():
        for first, second in zip(calls, calls[1:]):
            if not refused(first) and not settled_between(first, second, reads[device[0]], fence_ms, agree_ms):
                problems.append(named(device, f"called blindly again: {first['n']} then {second['n']}"))
    return problems


def check_calls(ledger, truth, version):
    """I6, I7: each call is for a known device, after a fresh read, and finds it and its mate online."""
    reads, problems = reads_of(ledger), []
    known = {device_of(row): row for row in truth}
    for device, calls in updates_of(ledger).items():
        row = known.get(device)
        if row is None:
            problems.append(named(device, "called, and no such device"))
            continue
        for call in calls:
            if (call["account"], call["region"], call["version"]) != (row["account"], row["region"], version):
                problems.append(named(device, f"call {call['n']} has another account, region or version"))
            if not call["online_before"] or call["upgrading_before"]:
                problems.append(named(device, f"call {call['n']} met a device that was upgrading or offline"))
            if not call["mate_online_before"]:
                problems.append(named(device, f"call {call['n']} while the pair's other device was down"))
            before = reads[device[0]]
            last = bisect.bisect_right(before, call["at_ms"])
            if last == 0 or call["at_ms"] - before[last - 1] > FRESH_MS + JITTER_MS:
                problems.append(named(device, f"call {call['n']} without a fresh read before it"))
    return problems


def pairs_of(truth):
    """Gateway -> the serials of its two devices."""
    serials = collections.defaultdict(list)
    for row in truth:
        serials[row["gateway_id"]].append(row["serial"])
    return {gateway_id: pair for gateway_id, pair in serials.items() if len(pair) == 2}


def check_mate(call, earlier, reads, fence_ms, agree_ms, soak_ms):
    """What the calls of the other device, all of them earlier, say against this one."""
    effective = [line for line in earlier if line["effect"]]
    if effective and call["mate_version_before"] != call["version"] == effective[-1]["version"]:
        yield f"call {call['n']} while the pair's other device, called by {effective[-1]['n']}, is not at the version"
    if effective and call["mono_us"] < up_us(effective[-1]) + 1000 * soak_ms:
        yield f"call {call['n']} before the pair's other device, called by {effective[-1]['n']}, was up and had soaked"
    if earlier and doubtful(earlier[-1]) and not earlier[-1]["effect"]:
        if not settled_between(earlier[-1], call, reads, fence_ms, agree_ms):
            yield f"call {call['n']} while nobody knew what {earlier[-1]['n']} did to the pair's other device"


def check_pairs(ledger, truth, fence_ms, agree_ms, soak_ms, version, stale_roles=False):
    """I11: of a pair the standby is called first, the other when the first is up, at the version and has soaked."""
    updates, reads, problems = updates_of(ledger), reads_of(ledger), []
    known = {device_of(row): row for row in truth}
    for gateway_id, pair in pairs_of(truth).items():
        for one, other in (pair, pair[::-1]):
            device, mate = (gateway_id, one), (gateway_id, other)
            there = known[mate]["version"] == version and known[mate]["updates_effective"] == 0
            for call in updates[device]:
                earlier = [line for line in updates[mate] if line["n"] < call["n"]]
                problems += [named(device, sentence) for sentence in
                             check_mate(call, earlier, reads[gateway_id], fence_ms, agree_ms, soak_ms)]
                if not (call["standby_before"] or there or stale_roles or any(line["effect"] for line in earlier)):
                    problems.append(named(device, f"call {call['n']} for the active device, the standby not upgraded"))
    return problems


def doubt_ends_ms(call, fence_ms):
    """The earliest moment at which a call in doubt can be settled: by its fence, or by a device at the version."""
    fence = signed_ms(call) + fence_ms
    return min(fence, call["at_ms"] + call["down_ms"]) if call["effect"] and call["down_ms"] is not None else fence


def check_slots(ledger, in_flight, fence_ms):
    """I9: a call in doubt keeps its slot, so that with each new call no more than so many are open."""
    doubts, problems = [], []
    for call in (line for line in ledger if line["action"] == UPDATE):
        doubts = [end for end in doubts if end > call["at_ms"]]
        if len(doubts) + 1 > in_flight:
            problems.append(f"call {call['n']} is one more than {in_flight} that are sent or in doubt")
        if doubtful(call):
            doubts.append(doubt_ends_ms(call, fence_ms))
    return problems


def check_limit(ledger, domain, most, fence_ms):
    """
    I10: in no domain (gateway -> site, region, ...; None has no limit) are more than so many gateways upgrading or in
    doubt at once. A device that never comes back counts to its fence: later it may have been given up.
    """
    busy, problems = collections.defaultdict(dict), []
    for call in (line for line in ledger if line["action"] == UPDATE):
        where, now = domain(call["gateway_id"]), call["at_ms"]
        if where is None:
            continue
        down = {gateway_id: end for gateway_id, end in busy[where].items() if end > now}
        if call["effect"] or doubtful(call):
            end = doubt_ends_ms(call, fence_ms)
            if accepted(call) and call["down_ms"] is not None:
                end = now + call["down_ms"]
            down[call["gateway_id"]] = max(end, down.get(call["gateway_id"], 0))
        if len(down) > most:
            problems.append(f"call {call['n']}: {len(down)} gateways of {where} upgrade at once, allowed are {most}")
        busy[where] = down
    return problems


def check_rate(ledger, per_s, kind, bunched_ms=BUNCHED_MS):
    """
    I12: in no second do more requests of a kind arrive for one account and region than the rate says; nor in three, where
    what a machine bunches weighs less.
    """
    arrivals = collections.defaultdict(list)
    for line in ledger:
        if (line["action"] == UPDATE) == (kind == "update"):
            arrivals[line["account"], line["region"]].append(line["mono_us"])
    bunched = max(1, per_s * bunched_ms // 1000)
    return [f"{lane}: {most} {kind} requests within {seconds} s, allowed are {per_s} a second"
            for lane, at in arrivals.items() for seconds in (1, 3)
            if (most := most_within(at, seconds)) > seconds * per_s + bunched]


def most_within(at_us, seconds):
    """The most of these times, which are in order, that lie within so many seconds."""
    first = most = 0
    for last, now in enumerate(at_us):
        while now - at_us[first] >= seconds * 1000000:
            first += 1
        most = max(most, last - first + 1)
    return most


def pace_s(ledger, longest_s):
    """
    How long the calls took from the first to the last, in seconds, where no gap counts for more than the longest: who is
    slow all the time is told from a machine that stopped for a moment.
    """
    at = [line["mono_us"] for line in ledger if line["action"] == UPDATE]
    return sum(min((later - earlier) / 1e6, longest_s) for earlier, later in zip(at, at[1:]))


def check_law(ledger, truth, version="2.4.0", fence_ms=3000, agree_ms=500, pair_soak_ms=100, stale_roles=False,
              reads_once=True):
    return (check_nonces(ledger, reads_once) + check_resends(ledger, fence_ms, agree_ms)
            + check_calls(ledger, truth, version)
            + check_pairs(ledger, truth, fence_ms, agree_ms, pair_soak_ms, version, stale_roles))


# ---- outcomes ----


def heard(row, call):
    """Whether the call's answer is on record. A program that was killed before that knows nothing of it."""
    return row["request_id"] == call["request_id"]


def check_succeeded(row, calls, truth, version):
    effective = [call for call in calls if call["effect"]]
    if truth["version"] != version or not truth["online"]:
        yield "succeeded, and the device is not at the version and online"
    if not effective:
        yield "succeeded, and no call took effect"
    if row["code"] is None and not (calls and accepted(calls[-1])):
        yield "succeeded by an accepted call, and the last call was not accepted"
    if row["version_after"] != version:
        yield f"succeeded at {row['version_after']}"


def check_accepted_only(row, calls, _truth, _version):
    if not (calls and accepted(calls[-1])):
        yield "succeeded by an accepted call, and the last call was not accepted"


def check_skipped(row, calls, truth, version):
    if calls:
        yield "skipped, and was called"
    if row["code"] == "at_version" and truth["version"] != version:
        yield "skipped as being at the version, and is not"


def check_failed(row, calls, truth, version):
    if row["code"] == "stuck" and not any(call["effect"] for call in calls):
        yield "stuck, and no call took effect"
    if row["code"] == "attempts" and not calls:
        yield "no attempt is left, and none was made"
    if truth["version"] == version and truth["online"]:
        yield "failed, and the device is at the version and online"


def check_deferred(_row, calls, truth, version):
    if any(not refused(call) for call in calls):
        yield "deferred after a call that was not refused"
    if truth["version"] == version:
        yield "deferred, and the device is at the version"


def check_unresolved(row, calls, _truth, _version):
    if not calls or refused(calls[-1]):
        yield "unresolved, and nothing was in doubt"
    elif row["code"] == "unproven" and accepted(calls[-1]) and heard(row, calls[-1]):
        yield "unresolved, and the last call was accepted"


def check_canceled(row, calls, truth, version):
    """What was called, and is as it was, and could be called again, is not. One may come back as it was, too."""
    if any(call["effect"] for call in calls) and (truth["version"] == version or not truth["online"]):
        yield "canceled, and a call took effect"
    if calls and not doubtful(calls[-1]) and heard(row, calls[-1]) and calls[-1]["code"] not in PASSING:
        yield f"canceled, and the last call ended with {calls[-1]['code'] or 'a yes'}"


OUTCOMES = {
    "succeeded": check_succeeded,
    "skipped": check_skipped,
    "failed": check_failed,
    "deferred": check_deferred,
    "unresolved": check_unresolved,
    "canceled": check_canceled,
}


def check_code(row, calls):
    """A code fits its outcome, and is what the cloud said to the last call where it is the cloud's."""
    if row["code"] in CODES[row["outcome"]]:
        return
    if row["outcome"] != "failed":
        yield f"{row['outcome']} with the code {row['code']}"
    elif not calls or calls[-1]["code"] != row["code"] or not refused(calls[-1]):
        yield f"{row['outcome']} with {row['code']}, which was not the last call's answer"


def check_numbers(row, calls, uninterrupted, clock_was_set):
    """Attempts, request id, versions and times against the ledger."""
    known_ids = {call["request_id"] for call in calls if call["request_id"]}
    if row["attempts"] < len(calls) or (uninterrupted and row["attempts"] != len(calls)):
        yield f"{row['attempts']} attempts, and the ledger has {len(calls)}"
    if row["request_id"] and row["request_id"] not in known_ids:
        yield f"the request id {row['request_id']} is not of a call for this device"
    if uninterrupted and calls and calls[-1]["request_id"] and row["request_id"] != calls[-1]["request_id"]:
        yield "the request id is not the last call's"
    if calls and row["version_before"] != calls[0]["version_before"]:
        yield f"version_before is {row['version_before']}, and the cloud saw {calls[0]['version_before']}"
    if calls and not row["started_at"]:
        yield "called, and never started"
    backwards = row["started_at"] and row["ended_at"] and row["ended_at"] < row["started_at"]
    if not row["ended_at"] or (backwards and not clock_was_set):
        yield "it ends before it starts, or never"


def check_outcomes(report, ledger, truth, version="2.4.0", verify=True, uninterrupted=True, clock_was_set=False):
    """
    Exactly one outcome for each device, and each true. An interrupted run may count calls that never left; one whose
    clock was set back may end before it has started.
    """
    updates, problems = updates_of(ledger), []
    known = {device_of(row): row for row in truth}
    reported = collections.Counter(device_of(row) for row in report)
    problems += [named(device, f"{n} lines in the report") for device, n in reported.items() if n > 1]
    problems += [named(device, "in the report, and no such device") for device in reported if device not in known]
    problems += [named(device, "not in the report") for device in known if device not in reported]
    for row in report:
        device = device_of(row)
        if row["outcome"] not in OUTCOMES:
            problems.append(named(device, f"the outcome is {row['outcome']}"))
        elif device in known:
            check = check_accepted_only if row["outcome"] == "succeeded" and not verify else OUTCOMES[row["outcome"]]
            calls = updates[device]
            problems += [named(device, sentence) for sentence in check(row, calls, known[device], version)]
            problems += [named(device, sentence) for sentence in check_code(row, calls)]
            problems += [named(device, sentence)
                         for sentence in check_numbers(row, calls, uninterrupted, clock_was_set)]
    return problems


def outcomes(report):
    return collections.Counter(row["outcome"] for row in report)
