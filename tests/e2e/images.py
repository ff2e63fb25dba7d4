"""What the database holds whenever somebody looks: each image sound, and none that forgets an earlier one.

Names like I22 are those of the safety catalogue. A problem is a sentence; no problems is an empty list.
"""

# What never changes once it is there: name -> query of its key and value.
HISTORY = {
    "outcome": "SELECT id, state, code, reason, version_after, ended_unix_ms FROM targets"
               " WHERE ended_unix_ms IS NOT NULL",
    "intent": "SELECT target, number, nonce, signed_unix_ms, fence_unix_ms FROM attempts",
    "answer": "SELECT target, number, proof, code, request_id, at_unix_ms FROM answers",
    "order": "SELECT id, kind, argument, accepted, answer, answered_unix_ms FROM orders"
             " WHERE answered_unix_ms IS NOT NULL",
    "verdict": "SELECT id, verdict, evidence, at_unix_ms FROM verdicts",
    "wave": "SELECT rollout, number, name, first, targets FROM waves",
    "membership": "SELECT id, first_target, targets, membership FROM rollouts WHERE membership <> ''",
    "event": "SELECT id, target, kind, text, at_unix_ms FROM events",
}
# How many of its columns are the key.
KEYS = {"intent": 2, "answer": 2, "wave": 2}

UNSOUND = {
    "a rollout has other targets than it froze (I24)":
        "SELECT r.id FROM rollouts r LEFT JOIN targets t ON t.rollout = r.id GROUP BY r.id"
        " HAVING count(t.id) <> r.targets",
    "a target's attempts are not 1, 2, 3 (I5)":
        "SELECT target FROM attempts GROUP BY target HAVING max(number) <> count(*) OR min(number) <> 1",
    "a target says another number of attempts than there are (I5)":
        "SELECT t.id FROM targets t LEFT JOIN attempts a ON a.target = t.id GROUP BY t.id"
        " HAVING count(a.number) <> t.sent",
    "a call is answered that was never intended":
        "SELECT target, number FROM answers EXCEPT SELECT target, number FROM attempts",
    "the events have gaps (I29)":
        "SELECT max(id), count(*) FROM events HAVING max(id) <> count(*)",
}


def is_there(desk):
    """Whether the database has come as far as its tables."""
    return bool(desk.rows("SELECT 1 FROM sqlite_master WHERE name = 'orders'"))


def of(desk):
    """What can never change again: name -> key -> value."""
    if not is_there(desk):
        return {}
    image = {}
    for name, query in HISTORY.items():
        n = KEYS.get(name, 1)
        image[name] = {row[:n]: row[n:] for row in desk.rows(query)}
    return image


def check_sound(desk):
    """I5, I24, I29 in one image."""
    problems = [f"quick_check: {row[0]}" for row in desk.rows("PRAGMA quick_check") if row != ("ok",)]
    if is_there(desk):
        problems += [f"{sentence}: {rows[:5]}" for sentence, rows in
                     ((sentence, desk.rows(query)) for sentence, query in UNSOUND.items()) if rows]
    return problems


def check_history(before, after):
    """I22, I29: what was there is there, and is what it was."""
    problems = []
    for name, rows in before.items():
        for key, value in rows.items():
            now = after.get(name, {}).get(key)
            if now is None:
                problems.append(f"{name} {key} was there, and is gone: {value}")
            elif now != value:
                problems.append(f"{name} {key} was {value}, and is {now}")
    return problems
