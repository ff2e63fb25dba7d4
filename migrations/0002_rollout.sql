-- Rollouts, what was frozen for them, and what became of it. Times are milliseconds since 1970-01-01 UTC; NULL: not yet.
-- What is over and what is history never changes: the triggers at the end see to it.

CREATE TABLE rollouts (
    id              INTEGER PRIMARY KEY,
    name            TEXT NOT NULL CHECK (name <> ''),
    version         TEXT NOT NULL,
    type            TEXT NOT NULL CHECK (type = 'Device' OR type = 'Dpi'),
    verify          INTEGER NOT NULL CHECK (verify IN (0, 1)),  -- 0: succeeded means accepted only
    phase           TEXT NOT NULL CHECK (phase IN ('running', 'soaking', 'waiting', 'paused', 'aborting', 'aborted',
                                                   'finished')),
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
    phase   TEXT NOT NULL CHECK (phase IN ('running', 'soaking', 'waiting', 'paused', 'aborting', 'aborted',
                                           'finished')),
    targets INTEGER NOT NULL,
    PRIMARY KEY (rollout, number)
) STRICT, WITHOUT ROWID;

-- One device inside one rollout. The ids of a rollout are consecutive, in dispatch order, so that writes are sequential.
-- A target is open as long as ended_unix_ms is NULL. The device is named by number without a foreign key: history
-- outlives the inventory.
CREATE TABLE targets (
    id              INTEGER PRIMARY KEY,
    rollout         INTEGER NOT NULL REFERENCES rollouts (id),
    wave            INTEGER NOT NULL,
    state           TEXT NOT NULL DEFAULT 'waiting',
    code            TEXT NOT NULL DEFAULT '',    -- the vendor's, or our word for what happened
    reason          TEXT NOT NULL DEFAULT '',
    attempts        INTEGER NOT NULL DEFAULT 0,  -- charged: a throttled or never-sent call is not
    sent            INTEGER NOT NULL DEFAULT 0,  -- number of the last attempt
    request_id      TEXT NOT NULL DEFAULT '',
    version_before  TEXT NOT NULL DEFAULT '',    -- as read from the cloud
    version_after   TEXT NOT NULL DEFAULT '',
    started_unix_ms INTEGER,
    ended_unix_ms   INTEGER,
    -- Frozen at the start:
    device          INTEGER NOT NULL,
    gateway_id      TEXT NOT NULL,
    serial          TEXT NOT NULL,               -- the one that may be learned later, where it was empty
    ha_role         TEXT NOT NULL,
    region          TEXT NOT NULL,
    account         TEXT NOT NULL,
    model           TEXT NOT NULL,
    site            TEXT NOT NULL,
    isp             TEXT NOT NULL,
    timezone        TEXT NOT NULL,
    version_listed  TEXT NOT NULL,               -- what the inventory said
    CHECK (attempts <= sent),
    CHECK (CASE WHEN ended_unix_ms IS NULL
                THEN state = 'waiting' OR state = 'in_flight' OR state = 'upgrading' OR state = 'in_doubt'
                ELSE state = 'succeeded' OR state = 'skipped' OR state = 'failed' OR state = 'deferred'
                     OR state = 'unresolved' OR state = 'canceled' END)
) STRICT;

CREATE INDEX targets_open ON targets (rollout) WHERE ended_unix_ms IS NULL;

-- One signed upgrade call: written as an intent before it leaves, completed by its answer. It is open as long as nobody
-- can say whether it took effect, or its device is still being watched; a device has one open attempt at most, over
-- all rollouts.
CREATE TABLE attempts (
    target           INTEGER NOT NULL REFERENCES targets (id),
    number           INTEGER NOT NULL CHECK (number >= 1),
    device           INTEGER NOT NULL,
    nonce            TEXT NOT NULL,
    signed_unix_ms   INTEGER NOT NULL,
    fence_unix_ms    INTEGER NOT NULL,           -- after this no stray copy can take effect
    open             INTEGER NOT NULL DEFAULT 1 CHECK (open = 0 OR open = 1),
    proof            TEXT NOT NULL DEFAULT ''    -- '': no answer yet
                     CHECK (proof = 'accepted' OR proof = 'refused' OR proof = 'in_doubt' OR proof = 'never_sent'
                            OR proof = ''),
    resolution       TEXT NOT NULL DEFAULT '' CHECK (resolution = '' OR resolution = 'no_effect'),
    http_status      INTEGER NOT NULL DEFAULT 0,
    code             TEXT NOT NULL DEFAULT '',
    request_id       TEXT NOT NULL DEFAULT '',
    message          TEXT NOT NULL DEFAULT '',
    answered_unix_ms INTEGER,
    PRIMARY KEY (target, number)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX attempts_open ON attempts (device) WHERE open = 1;
CREATE INDEX attempts_by_time ON attempts (signed_unix_ms);

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

-- The last runner of each rollout. Whether it still runs, only the lock on the file FILE.lock tells. Each commit checks
-- that the epoch is still its own.
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
BEFORE UPDATE OF id, name, version, type, verify, selection, spec, first_target, targets, membership, created_by,
                 created_unix_ms ON rollouts
WHEN OLD.membership <> ''
BEGIN SELECT RAISE (ABORT, 'a rollout never changes once it is frozen'); END;

CREATE TRIGGER rollouts_stay BEFORE DELETE ON rollouts
BEGIN SELECT RAISE (ABORT, 'a rollout is never deleted'); END;

CREATE TRIGGER targets_are_frozen
BEFORE UPDATE OF id, rollout, wave, device, gateway_id, ha_role, region, account, model, site, isp, timezone,
                 version_listed ON targets
BEGIN SELECT RAISE (ABORT, 'a target''s frozen facts never change'); END;

CREATE TRIGGER targets_keep_their_serial BEFORE UPDATE OF serial ON targets
WHEN OLD.serial <> '' AND NEW.serial <> OLD.serial
BEGIN SELECT RAISE (ABORT, 'a target''s frozen facts never change'); END;

CREATE TRIGGER targets_outcome_is_final BEFORE UPDATE ON targets
WHEN OLD.ended_unix_ms IS NOT NULL
BEGIN SELECT RAISE (ABORT, 'a target with an outcome never changes'); END;

CREATE TRIGGER targets_stay BEFORE DELETE ON targets
BEGIN SELECT RAISE (ABORT, 'a target is never deleted'); END;

CREATE TRIGGER attempts_are_history
BEFORE UPDATE OF target, number, device, nonce, signed_unix_ms, fence_unix_ms ON attempts
BEGIN SELECT RAISE (ABORT, 'what was signed never changes'); END;

CREATE TRIGGER attempts_close_once BEFORE UPDATE ON attempts
WHEN OLD.open = 0
BEGIN SELECT RAISE (ABORT, 'a closed attempt never changes'); END;

CREATE TRIGGER attempts_stay BEFORE DELETE ON attempts
BEGIN SELECT RAISE (ABORT, 'an attempt is never deleted'); END;

CREATE TRIGGER events_are_history BEFORE UPDATE ON events
BEGIN SELECT RAISE (ABORT, 'an event never changes'); END;

CREATE TRIGGER events_stay BEFORE DELETE ON events
BEGIN SELECT RAISE (ABORT, 'an event is never deleted'); END;

-- For people: what became of each device.
CREATE VIEW v_target AS
SELECT r.name AS rollout,
       t.id - r.first_target AS number,
       t.wave,
       t.gateway_id,
       t.serial,
       t.region,
       t.account,
       t.ha_role,
       t.state,
       t.code,
       t.reason,
       t.attempts,
       t.request_id,
       t.version_before,
       t.version_after,
       strftime('%Y-%m-%dT%H:%M:%SZ', t.started_unix_ms / 1000, 'unixepoch') AS started_at,
       strftime('%Y-%m-%dT%H:%M:%SZ', t.ended_unix_ms / 1000, 'unixepoch') AS ended_at
FROM targets t JOIN rollouts r ON r.id = t.rollout;

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
