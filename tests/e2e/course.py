"""The course of a rollout: who was in which wave, what the gates said, what people ordered, against the ledger.

What the database says here is never believed alone: a verdict counts only if the ledger's calls keep to it, and windows
are worked out anew, from the inventory and the system's tz database. Names like I16 are those of the safety catalogue.
A problem is a sentence; no problems is an empty list.
"""

import collections
import datetime
import zoneinfo

import agreement
from agreement import JITTER_MS

Course = collections.namedtuple("Course", "waves targets verdicts orders intents membership")
Wave = collections.namedtuple("Wave", "number name targets")
Target = collections.namedtuple("Target", "device wave state code ended_ms relapsed")
Verdict = collections.namedtuple("Verdict", "wave at_ms verdict succeeded of")
Order = collections.namedtuple("Order", "kind at_ms answered_ms accepted")
Intent = collections.namedtuple("Intent", "device signed_ms")
# What a person said to the program; heard_ms: when the program's yes was heard, None if it never was.
Word = collections.namedtuple("Word", "kind said_ms heard_ms")

GO_ON = {"approve", "resume"}
STOPS = {"pause", "abort"}


def of(desk, name="r1"):
    """The course of a rollout as its database has it now."""
    number, first, targets, membership = desk.rows(
        f"SELECT id, first_target, targets, membership FROM rollouts WHERE name = '{name}'")[0]
    range_ = f"BETWEEN {first} AND {first + targets - 1}"
    return Course(
        waves=[Wave(*row) for row in desk.rows(
            f"SELECT number, name, targets FROM waves WHERE rollout = {number} ORDER BY number")],
        targets=[Target((row[0], row[1]), *row[2:]) for row in desk.rows(
            "SELECT f.gateway_id, coalesce(t.serial, f.serial), t.wave, t.state, t.code, t.ended_unix_ms, b.target "
            "IS NOT NULL FROM targets t JOIN facts f ON f.target = t.id LEFT JOIN relapses b ON b.target = t.id "
            f"WHERE t.id {range_} ORDER BY t.id")],
        verdicts=[Verdict(*row) for row in desk.rows(
            f"SELECT wave, at_unix_ms, verdict, succeeded, targets FROM verdicts WHERE rollout = {number} ORDER BY id")],
        orders=[Order(*row) for row in desk.rows(
            f"SELECT kind, at_unix_ms, answered_unix_ms, accepted FROM orders WHERE rollout = {number} ORDER BY id")],
        intents=[Intent((row[0], row[1]), row[2]) for row in desk.rows(
            "SELECT f.gateway_id, coalesce(t.serial, f.serial), a.signed_unix_ms FROM attempts a JOIN targets t ON "
            f"t.id = a.target JOIN facts f ON f.target = t.id WHERE t.id {range_} ORDER BY a.signed_unix_ms")],
        membership=membership)


def wave_of(course):
    return {target.device: target.wave for target in course.targets}


def first_calls(course, ledger):
    """Wave -> arrival (ms) of the first call for one of its devices."""
    waves, first = wave_of(course), {}
    for line in ledger:
        if line["action"] == agreement.UPDATE:
            first.setdefault(waves.get(agreement.device_of(line)), line["at_ms"])
    return first


def is_well(target):
    return target.state == "succeeded" and not target.relapsed or (target.state, target.code) == ("skipped", "at_version")


def is_judged(target):
    """What says nothing of a version: who was never called because of a person's word, or is beyond it already."""
    return target.state != "canceled" and (target.state, target.code) != ("skipped", "newer")


def ordered_between(course, kinds, from_ms, until_ms):
    """Whether a person said one of the words, and was obeyed, between two moments."""
    return any(order.kind in kinds and order.accepted and from_ms <= order.answered_ms <= until_ms
               for order in course.orders)


# ---- waves ----


def check_membership(course):
    """I19: each device in one wave, a gateway's devices in the same, the waves as large as they say, in order."""
    problems, gateways = [], collections.defaultdict(set)
    for device, n in collections.Counter(target.device for target in course.targets).items():
        if n > 1:
            problems.append(f"{device} is {n} targets")
    for target in course.targets:
        gateways[target.device[0]].add(target.wave)
    problems += [f"{gateway_id} is in the waves {sorted(waves)}" for gateway_id, waves in gateways.items()
                 if len(waves) > 1]
    sizes = collections.Counter(target.wave for target in course.targets)
    problems += [f"wave {wave.name} says {wave.targets} targets and has {sizes[wave.number]}" for wave in course.waves
                 if wave.targets != sizes[wave.number]]
    if [target.wave for target in course.targets] != sorted(target.wave for target in course.targets):
        problems.append("the waves are not one behind the other")
    return problems


def check_frozen(before, after):
    """I19: who is in which wave never changes, nor does the hash that says so."""
    problems = []
    if before.membership != after.membership:
        problems.append(f"membership was {before.membership} and is {after.membership}")
    if not before.membership:
        problems.append("there is no membership hash")
    if wave_of(before) != wave_of(after):
        problems.append("devices have changed their waves")
    return problems


def check_verdict(course, wave, verdict):
    """I16: what let a wave pass rests on what its devices came to, all of them, and on more than nothing."""
    members = [target for target in course.targets if target.wave == wave.number]
    well, judged = sum(is_well(target) for target in members), sum(is_judged(target) for target in members)
    if (verdict.succeeded, verdict.of) != (well, judged):
        yield f"wave {wave.name} passed with {verdict.succeeded} of {verdict.of}, and there are {well} well of {judged}"
    if well == 0:
        yield f"wave {wave.name} passed on no evidence"
    if any(target.ended_ms is None or target.ended_ms > verdict.at_ms for target in members):
        yield f"wave {wave.name} was judged before all of its devices had ended"


def check_gate(course, wave, began_ms, approve):
    """I16: before the next wave's first call stands a verdict that lets it pass, or a person's word."""
    said = [verdict for verdict in course.verdicts if verdict.wave == wave.number and verdict.at_ms <= began_ms]
    if not said:
        yield f"wave {wave.name} was never judged, and the next one began"
        return
    by_hand = ordered_between(course, GO_ON, said[-1].at_ms, began_ms)
    if said[-1].verdict == "promote":
        yield from check_verdict(course, wave, said[-1])
    elif not by_hand:
        yield f"the last verdict on wave {wave.name} is {said[-1].verdict}, and the next one began"
    if wave.name in approve and not by_hand:
        yield f"wave {wave.name} was to be approved by a person, and the next one began"


def check_soak(course, wave, began_ms, soak_ms, reads):
    """I17: the soak was over, and each device that is well was looked at again behind it."""
    members = [target for target in course.targets if target.wave == wave.number]
    soaked_ms = max(target.ended_ms or began_ms for target in members) + soak_ms
    if began_ms < soaked_ms:
        yield f"wave {wave.name} had {soaked_ms - began_ms} ms to soak, and the next one began"
    if soak_ms == 0:
        return
    for target in members:
        if target.state == "succeeded" and not any(
                soaked_ms - JITTER_MS <= at <= began_ms + JITTER_MS for at in reads[target.device[0]]):
            yield f"{target.device} was not looked at when wave {wave.name} had soaked"


def check_waves(course, ledger, soak_ms, approve=()):
    """I16, I17: wave by wave, in order. soak_ms: wave's name -> its soak."""
    first, reads, problems = first_calls(course, ledger), agreement.reads_of(ledger), []
    if None in first:
        problems.append("a device was called that is in no wave")
    for wave in course.waves:
        began = [at for number, at in first.items() if number is not None and number > wave.number]
        if began:
            problems += check_gate(course, wave, min(began), approve)
            problems += check_soak(course, wave, min(began), soak_ms.get(wave.name, 0), reads)
    return problems


# ---- stops ----


def stops_of(course):
    """From when to when nothing may start: after a gate's stop and a person's, until a person lets it go on."""
    stops = [(verdict.at_ms, False) for verdict in course.verdicts if verdict.verdict in ("abort", "hold")]
    stops += [(order.answered_ms, order.kind == "abort") for order in course.orders
              if order.kind in STOPS and order.accepted]
    for at_ms, for_good in stops:
        ends = [order.answered_ms for order in course.orders
                if order.kind in GO_ON and order.accepted and order.answered_ms >= at_ms]
        yield at_ms, min(ends) if ends and not for_good else float("inf")


def check_stops(course, ledger):
    """I18, I20: no intent after a stop, and no arrival but of what was on its way. Signed times are whole seconds."""
    problems = []
    for from_ms, until_ms in stops_of(course):
        problems += [f"{intent.device} was to be called at least {intent.signed_ms - from_ms} ms after a stop"
                     for intent in course.intents if from_ms < intent.signed_ms <= until_ms - 1000]
        problems += [f"call {line['n']} arrived {line['at_ms'] - from_ms} ms after a stop" for line in ledger
                     if line["action"] == agreement.UPDATE and from_ms + JITTER_MS < line["at_ms"] < until_ms]
    return problems


def check_kept(words, course):
    """I20: a word that was acknowledged is on record, as one that was obeyed."""
    return [f"the {word.kind} of {word.said_ms} was acknowledged, and is not on record" for word in words
            if word.heard_ms is not None and not any(
                order.kind == word.kind and order.accepted
                and word.said_ms <= order.at_ms <= order.answered_ms <= word.heard_ms for order in course.orders)]


def check_held(words, ledger):
    """I20: after an acknowledged stop nothing arrives before somebody says a word to go on; after an abort, ever."""
    problems = []
    for word in words:
        if word.kind not in STOPS or word.heard_ms is None:
            continue
        on = [other.said_ms for other in words if other.kind in GO_ON and other.said_ms >= word.said_ms]
        until_ms = min(on, default=float("inf")) if word.kind == "pause" else float("inf")
        problems += [f"call {line['n']} arrived {line['at_ms'] - word.heard_ms} ms after an acknowledged {word.kind}"
                     for line in ledger if line["action"] == agreement.UPDATE
                     and word.heard_ms + JITTER_MS < line["at_ms"] < until_ms]
    return problems


# ---- windows ----


def minutes(text):
    hours, minutes_ = text.split(":")
    return 60 * int(hours) + int(minutes_)


def is_open(at, between, cutoff_min):
    """Whether calls may start at this local time in a window that is open every day."""
    begins, ends = (minutes(text) for text in between.split("-"))
    now = at.hour * 60 + at.minute + at.second / 60
    return (now - begins) % 1440 < (ends - begins) % 1440 - cutoff_min


def check_window(ledger, zones, between, cutoff_min):
    """I15: each call arrives while its gateway's own clock is in the window, its end less the cut-off."""
    problems = []
    for line in ledger:
        if line["action"] != agreement.UPDATE:
            continue
        at = datetime.datetime.fromtimestamp(line["at_ms"] / 1000, zoneinfo.ZoneInfo(zones[line["gateway_id"]]))
        if not is_open(at, between, cutoff_min):
            problems.append(f"call {line['n']} for {line['gateway_id']} at {at:%H:%M:%S %Z}, outside of {between}")
    return problems


def check_all(course, ledger, soak_ms, approve=()):
    return (check_membership(course) + check_waves(course, ledger, soak_ms, approve) + check_stops(course, ledger))
