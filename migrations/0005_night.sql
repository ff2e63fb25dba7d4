-- Nights: what a reconciliation found and did, and what people took out of its hands. Rows of `drift` are the gateways
-- that were not at their desired version, or that no policy may touch, with the reason.

-- A gateway that policies leave alone until then.
CREATE TABLE holds (
    id             INTEGER PRIMARY KEY,
    gateway_id     TEXT NOT NULL CHECK (gateway_id <> ''),
    reason         TEXT NOT NULL CHECK (reason <> ''),
    by             TEXT NOT NULL,  -- user@host
    at_unix_ms     INTEGER NOT NULL,
    until_unix_ms  INTEGER NOT NULL CHECK (until_unix_ms > at_unix_ms),
    lifted_by      TEXT,
    lifted_unix_ms INTEGER,        -- NULL: it holds until its end
    CHECK ((lifted_by IS NULL) = (lifted_unix_ms IS NULL))
) STRICT;

CREATE INDEX holds_by_gateway ON holds (gateway_id);

CREATE TRIGGER holds_are_frozen AFTER UPDATE OF id, gateway_id, reason, by, at_unix_ms, until_unix_ms ON holds
BEGIN SELECT RAISE (ROLLBACK, 'a hold never changes; it is lifted'); END;

CREATE TRIGGER holds_are_lifted_once AFTER UPDATE OF lifted_by, lifted_unix_ms ON holds
WHEN OLD.lifted_unix_ms IS NOT NULL
BEGIN SELECT RAISE (ROLLBACK, 'a hold is lifted once'); END;

CREATE TRIGGER holds_stay AFTER DELETE ON holds
BEGIN SELECT RAISE (ROLLBACK, 'a hold is never deleted'); END;

-- One reconciliation.
CREATE TABLE nights (
    id              INTEGER PRIMARY KEY,
    policies        TEXT NOT NULL,     -- the file
    sync            INTEGER REFERENCES syncs (id),
    started_unix_ms INTEGER NOT NULL,
    ended_unix_ms   INTEGER,           -- NULL: not yet, or it was killed
    result          INTEGER,           -- its exit code
    gateways        INTEGER NOT NULL,  -- that a policy wants something of
    converged       INTEGER NOT NULL,  -- ... and that had it, when the night began
    CHECK ((ended_unix_ms IS NULL) = (result IS NULL))
) STRICT;

CREATE TRIGGER nights_over_are_over AFTER UPDATE ON nights
WHEN OLD.ended_unix_ms IS NOT NULL
BEGIN SELECT RAISE (ROLLBACK, 'a night that is over stays so'); END;

CREATE TRIGGER nights_stay AFTER DELETE ON nights
BEGIN SELECT RAISE (ROLLBACK, 'a night is never deleted'); END;

-- What a night found of each gateway that was not as a policy wants it. drifted: it was to be upgraded.
CREATE TABLE drift (
    night      INTEGER NOT NULL REFERENCES nights (id),
    gateway_id TEXT NOT NULL,
    policy     TEXT NOT NULL,
    version    TEXT NOT NULL,  -- that the policy wants
    stance     TEXT NOT NULL CHECK (stance IN ('drifted', 'ahead', 'held', 'resting', 'given_up', 'spent',
                                                 'stopped', 'busy')),
    reason     TEXT NOT NULL,
    PRIMARY KEY (night, gateway_id, policy)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER drift_is_history AFTER UPDATE ON drift
BEGIN SELECT RAISE (ROLLBACK, 'what a night found never changes'); END;

CREATE TRIGGER drift_stays AFTER DELETE ON drift
BEGIN SELECT RAISE (ROLLBACK, 'what a night found is never deleted'); END;

-- The rollouts that policies made.
CREATE TABLE policy_rollouts (
    rollout INTEGER PRIMARY KEY REFERENCES rollouts (id),
    policy  TEXT NOT NULL,
    night   INTEGER NOT NULL REFERENCES nights (id),
    ended   TEXT NOT NULL DEFAULT ''  -- why a later night did not go on with it
) STRICT;

CREATE INDEX policy_rollouts_by_policy ON policy_rollouts (policy);

CREATE TRIGGER policy_rollouts_stay AFTER DELETE ON policy_rollouts
BEGIN SELECT RAISE (ROLLBACK, 'which policy made a rollout never changes'); END;

-- A device whose own upgrade policy was set to manual for the time of a rollout, and what it is set back to. Written
-- before the first of both calls leaves.
CREATE TABLE takeovers (
    id                INTEGER PRIMARY KEY,
    night             INTEGER NOT NULL REFERENCES nights (id),
    gateway_id        TEXT NOT NULL,
    serial            TEXT NOT NULL,
    type              TEXT NOT NULL CHECK (type IN ('Device', 'Dpi')),
    upgrade_type      TEXT NOT NULL,  -- as it was, in the vendor's words
    cron              TEXT NOT NULL,
    duration_min      INTEGER NOT NULL,
    time_zone         TEXT NOT NULL,
    at_unix_ms        INTEGER NOT NULL,
    returned_unix_ms  INTEGER         -- NULL: it is still to be set back
) STRICT;

CREATE TRIGGER takeovers_are_frozen AFTER UPDATE OF id, night, gateway_id, serial, type, upgrade_type, cron,
                                                    duration_min, time_zone, at_unix_ms ON takeovers
BEGIN SELECT RAISE (ROLLBACK, 'what was taken over never changes; it is returned'); END;

CREATE TRIGGER takeovers_are_returned_once AFTER UPDATE OF returned_unix_ms ON takeovers
WHEN OLD.returned_unix_ms IS NOT NULL
BEGIN SELECT RAISE (ROLLBACK, 'what was taken over is returned once'); END;

CREATE TRIGGER takeovers_stay AFTER DELETE ON takeovers
BEGIN SELECT RAISE (ROLLBACK, 'what was taken over is never forgotten'); END;

-- For people: what was left of each night, and why.
CREATE VIEW v_drift AS
SELECT n.id AS night,
       strftime('%Y-%m-%dT%H:%M:%SZ', n.started_unix_ms / 1000, 'unixepoch') AS at,
       d.policy,
       d.version,
       d.gateway_id,
       d.stance,
       d.reason
FROM drift d
JOIN nights n ON n.id = d.night;

-- For people: who took which gateway out of the nights' hands.
CREATE VIEW v_hold AS
SELECT h.gateway_id,
       h.reason,
       h.by,
       strftime('%Y-%m-%dT%H:%M:%SZ', h.at_unix_ms / 1000, 'unixepoch') AS at,
       strftime('%Y-%m-%dT%H:%M:%SZ', h.until_unix_ms / 1000, 'unixepoch') AS until,
       h.lifted_by,
       strftime('%Y-%m-%dT%H:%M:%SZ', h.lifted_unix_ms / 1000, 'unixepoch') AS lifted_at
FROM holds h;
