-- Rollouts, what was frozen for them, and what became of it. Times are milliseconds since 1970-01-01 UTC; NULL is
-- what is not known, or not yet. What is over and what is history never changes: the triggers at the end see to it.

CREATE TABLE rollouts (
    id              INTEGER PRIMARY KEY,
    name            TEXT NOT NULL CHECK (name <> ''),
    version         TEXT NOT NULL,
    type            TEXT NOT NULL CHECK (type = 'Device' OR type = 'Dpi'),
    verify          INTEGER NOT NULL CHECK (verify IN (0, 1)),  -- 0: succeeded means accepted only
    phase           TEXT NOT NULL CHECK (phase IN ('running', 'soaking', 'waiting', 'paused', 'aborting',
                                                   'aborted', 'finished')),
    reason          TEXT NOT NULL DEFAULT '',                   -- why it is in that phase
    selection       TEXT NOT NULL,                              -- as it was written
    spec            TEXT NOT NULL,                              -- the rollout file, in full
    first_target    INTEGER NOT NULL DEFAULT 0,                 -- targets.id = first_target + number
    targets         INTEGER NOT NULL DEFAULT 0,
    membership      TEXT NOT NULL DEFAULT '',                   -- hash over the frozen targets, in order
    created_by      TEXT NOT NULL DEFAULT '',
    created_unix_ms INTEGER NOT NULL,
    started_unix_ms INTEGER,
    ended_unix_ms   INTEGER
) STRICT;

CREATE UNIQUE INDEX rollouts_by_name ON rollouts (name);

CREATE TABLE waves (
    rollout INTEGER NOT NULL REFERENCES rollouts (id),
    number  INTEGER NOT NULL CHECK (number >= 1),
    name    TEXT NOT NULL,
    phase   TEXT NOT NULL CHECK (phase IN ('running', 'soaking', 'waiting', 'paused', 'aborting',
                                           'aborted', 'finished')),
    targets INTEGER NOT NULL,
    PRIMARY KEY (rollout, number)
) STRICT, WITHOUT ROWID;

-- One device inside one rollout, and what became of it. The ids of a rollout are consecutive, in dispatch order, so
-- that writes are sequential. A target is open as long as ended_unix_ms is NULL. There is no index on that: rows are so
-- short that looking through a million takes a tenth of a second, once a run, and an index would cost each call more.
CREATE TABLE targets (
    id              INTEGER PRIMARY KEY,
    rollout         INTEGER NOT NULL REFERENCES rollouts (id),
    wave            INTEGER NOT NULL,
    device          INTEGER NOT NULL,            -- no foreign key: history outlives the inventory
    state           TEXT NOT NULL DEFAULT 'waiting',
    code            TEXT,                        -- the vendor's, or our word for what happened
    reason          TEXT,
    attempts        INTEGER NOT NULL DEFAULT 0,  -- charged: a throttled or never-sent call is not
    sent            INTEGER NOT NULL DEFAULT 0,  -- number of the last attempt
    serial          TEXT,                        -- learned from the cloud, where the inventory had none
    version_before  TEXT,                        -- as read from the cloud
    version_after   TEXT,
    started_unix_ms INTEGER,
    ended_unix_ms   INTEGER,
    CHECK (attempts <= sent),
    CHECK (ended_unix_ms IS NULL
           AND (state = 'in_flight' OR state = 'upgrading' OR state = 'waiting' OR state = 'in_doubt')
           OR ended_unix_ms IS NOT NULL
           AND (state = 'succeeded' OR state = 'failed' OR state = 'skipped' OR state = 'deferred'
                OR state = 'unresolved' OR state = 'canceled'))
) STRICT;

-- A device has one call at most that may have taken effect and is not settled, over all rollouts.
CREATE UNIQUE INDEX targets_called ON targets (device)
WHERE state = 'in_flight' OR state = 'upgrading' OR state = 'in_doubt';

-- What was frozen of each target at the start; the inventory may change under a running rollout.
CREATE TABLE facts (
    target         INTEGER PRIMARY KEY,
    device         INTEGER NOT NULL,
    gateway_id     TEXT NOT NULL,
    serial         TEXT NOT NULL,
    ha_role        TEXT NOT NULL,
    region         TEXT NOT NULL,
    account        TEXT NOT NULL,
    model          TEXT NOT NULL,
    site           TEXT NOT NULL,
    isp            TEXT NOT NULL,
    timezone       TEXT NOT NULL,
    version_listed TEXT NOT NULL                 -- what the inventory said
) STRICT;

-- One signed upgrade call, as it was intended: written before it leaves.
CREATE TABLE attempts (
    target         INTEGER NOT NULL,
    number         INTEGER NOT NULL CHECK (number >= 1),
    nonce          TEXT NOT NULL,
    signed_unix_ms INTEGER NOT NULL,
    fence_unix_ms  INTEGER NOT NULL,             -- after this no stray copy can take effect
    PRIMARY KEY (target, number)
) STRICT, WITHOUT ROWID;

-- What an attempt came to. An attempt without an answer may have taken effect.
CREATE TABLE answers (
    target      INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    at_unix_ms  INTEGER NOT NULL,
    proof       TEXT NOT NULL CHECK (proof = 'accepted' OR proof = 'refused' OR proof = 'in_doubt' OR
                                     proof = 'never_sent'),
    http_status INTEGER NOT NULL,                -- 0: none
    code        TEXT,
    request_id  TEXT,
    message     TEXT,
    PRIMARY KEY (target, number)
) STRICT, WITHOUT ROWID;

-- What happened to a target besides its attempts, and to the rollout itself (target NULL).
CREATE TABLE events (
    id         INTEGER PRIMARY KEY,
    rollout    INTEGER NOT NULL REFERENCES rollouts (id),
    target     INTEGER,
    at_unix_ms INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind = 'state' OR kind = 'seen' OR kind = 'resolved' OR kind = 'phase'),
    text       TEXT NOT NULL
) STRICT;

CREATE INDEX events_by_target ON events (rollout, target);

-- The last runner of each rollout. Whether it still runs, only the lock on FILE.lock tells. Each commit checks that
-- the epoch is still its own.
CREATE TABLE lease (
    rollout         INTEGER PRIMARY KEY REFERENCES rollouts (id),
    epoch           INTEGER NOT NULL,
    pid             INTEGER NOT NULL,
    host            TEXT NOT NULL,
    started_unix_ms INTEGER NOT NULL,
    renewed_unix_ms INTEGER NOT NULL,
    commits         INTEGER NOT NULL             -- batches written by all runners so far
) STRICT;

CREATE TRIGGER rollouts_are_frozen
AFTER UPDATE OF id, name, version, type, verify, selection, spec, first_target, targets, membership,
                created_by, created_unix_ms ON rollouts
WHEN OLD.membership <> ''
BEGIN SELECT RAISE (ROLLBACK, 'a rollout never changes once it is frozen'); END;

CREATE TRIGGER rollouts_stay AFTER DELETE ON rollouts
BEGIN SELECT RAISE (ROLLBACK, 'a rollout is never deleted'); END;

CREATE TRIGGER facts_are_frozen AFTER UPDATE ON facts
BEGIN SELECT RAISE (ROLLBACK, 'what was frozen never changes'); END;

CREATE TRIGGER facts_stay AFTER DELETE ON facts
BEGIN SELECT RAISE (ROLLBACK, 'what was frozen is never deleted'); END;

CREATE TRIGGER targets_keep_their_place AFTER UPDATE OF id, rollout, wave, device ON targets
BEGIN SELECT RAISE (ROLLBACK, 'a target never changes its place'); END;

CREATE TRIGGER targets_outcome_is_final AFTER UPDATE ON targets
WHEN OLD.ended_unix_ms IS NOT NULL
BEGIN SELECT RAISE (ROLLBACK, 'a target with an outcome never changes'); END;

CREATE TRIGGER targets_stay AFTER DELETE ON targets
BEGIN SELECT RAISE (ROLLBACK, 'a target is never deleted'); END;

CREATE TRIGGER attempts_are_history AFTER UPDATE ON attempts
BEGIN SELECT RAISE (ROLLBACK, 'what was signed never changes'); END;

CREATE TRIGGER attempts_stay AFTER DELETE ON attempts
BEGIN SELECT RAISE (ROLLBACK, 'an attempt is never deleted'); END;

CREATE TRIGGER answers_are_history AFTER UPDATE ON answers
BEGIN SELECT RAISE (ROLLBACK, 'an answer never changes'); END;

CREATE TRIGGER answers_stay AFTER DELETE ON answers
BEGIN SELECT RAISE (ROLLBACK, 'an answer is never deleted'); END;

CREATE TRIGGER events_are_history AFTER UPDATE ON events
BEGIN SELECT RAISE (ROLLBACK, 'an event never changes'); END;

CREATE TRIGGER events_stay AFTER DELETE ON events
BEGIN SELECT RAISE (ROLLBACK, 'an event is never deleted'); END;

-- For people: what became of each device.
CREATE VIEW v_target AS
SELECT r.name AS rollout,
       t.id - r.first_target AS number,
       t.wave,
       f.gateway_id,
       coalesce(t.serial, f.serial) AS serial,
       f.region,
       f.account,
       f.ha_role,
       t.state,
       t.code,
       t.reason,
       t.sent AS attempts,
       a.request_id,
       t.version_before,
       t.version_after,
       strftime('%Y-%m-%dT%H:%M:%SZ', t.started_unix_ms / 1000, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', t.ended_unix_ms / 1000, 'unixepoch') AS ended_at
FROM targets t
JOIN facts f ON f.target = t.id
JOIN rollouts r ON r.id = t.rollout
LEFT JOIN answers a ON a.target = t.id AND a.number = t.sent;

-- For people: each call and what it came to.
CREATE VIEW v_attempt AS
SELECT r.name AS rollout,
       f.gateway_id,
       f.serial,
       c.number,
       strftime('%Y-%m-%dT%H:%M:%SZ', c.signed_unix_ms / 1000, 'unixepoch') AS signed_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', a.at_unix_ms / 1000, 'unixepoch') AS answered_at,
       a.proof,
       a.http_status,
       a.code,
       a.request_id,
       a.message
FROM attempts c
JOIN targets t ON t.id = c.target
JOIN facts f ON f.target = c.target
JOIN rollouts r ON r.id = t.rollout
LEFT JOIN answers a ON a.target = c.target AND a.number = c.number;

-- For people: how far each wave is.
CREATE VIEW v_wave AS
SELECT r.name AS rollout,
       w.number,
       w.name,
       w.phase,
       w.targets,
       count(*) FILTER (WHERE t.state = 'waiting') AS waiting,
       count(*) FILTER (WHERE t.state = 'in_flight') AS in_flight,
       count(*) FILTER (WHERE t.state = 'upgrading') AS upgrading,
       count(*) FILTER (WHERE t.state = 'in_doubt') AS in_doubt,
       count(*) FILTER (WHERE t.state = 'succeeded') AS succeeded,
       count(*) FILTER (WHERE t.state = 'skipped') AS skipped,
       count(*) FILTER (WHERE t.state = 'failed') AS failed,
       count(*) FILTER (WHERE t.state = 'deferred') AS deferred,
       count(*) FILTER (WHERE t.state = 'unresolved') AS unresolved,
       count(*) FILTER (WHERE t.state = 'canceled') AS canceled
FROM waves w
JOIN rollouts r ON r.id = w.rollout
JOIN targets t ON t.id >= r.first_target AND t.id < r.first_target + r.targets AND t.wave = w.number
GROUP BY r.id, w.number;
