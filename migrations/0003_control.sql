-- Control: waves that are judged, the charts and verdicts of their gates, operators' orders, and devices that were well
-- and then no longer. The schema of rollouts from before is carried over: each had one wave, which was all of it.

DROP VIEW v_wave;

-- A wave is a run of its rollout's targets: first .. first + targets - 1, as v_target numbers them.
ALTER TABLE waves RENAME TO waves_0002;

CREATE TABLE waves (
    rollout            INTEGER NOT NULL REFERENCES rollouts (id),
    number             INTEGER NOT NULL CHECK (number >= 1),
    name               TEXT NOT NULL,
    phase              TEXT NOT NULL CHECK (phase IN ('pending', 'running', 'soaking', 'waiting', 'finished',
                                                      'aborted')),  -- waiting: for a person
    first              INTEGER NOT NULL DEFAULT 0 CHECK (first >= 0),
    targets            INTEGER NOT NULL,
    soak_until_unix_ms INTEGER,
    verdict            TEXT CHECK (verdict IN ('promote', 'hold', 'abort')),  -- the last one; NULL: not judged yet
    evidence           TEXT NOT NULL DEFAULT '',                              -- what it rests on, one sentence
    judged_unix_ms     INTEGER,
    PRIMARY KEY (rollout, number),
    CHECK ((verdict IS NULL) = (judged_unix_ms IS NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO waves (rollout, number, name, phase, targets)
SELECT w.rollout, w.number, w.name,
       CASE WHEN w.phase IN ('finished', 'aborted') THEN w.phase
            WHEN r.started_unix_ms IS NULL THEN 'pending'
            ELSE 'running' END,
       w.targets
FROM waves_0002 w
JOIN rollouts r ON r.id = w.rollout;

DROP TABLE waves_0002;

CREATE TRIGGER waves_are_frozen AFTER UPDATE OF rollout, number, name, first, targets ON waves
BEGIN SELECT RAISE (ROLLBACK, 'who is in a wave never changes'); END;

CREATE TRIGGER waves_over_are_over AFTER UPDATE OF phase ON waves
WHEN (OLD.phase = 'finished' OR OLD.phase = 'aborted') AND NEW.phase <> OLD.phase
BEGIN SELECT RAISE (ROLLBACK, 'a wave that is over stays so'); END;

CREATE TRIGGER waves_stay AFTER DELETE ON waves
BEGIN SELECT RAISE (ROLLBACK, 'a wave is never deleted'); END;

CREATE TRIGGER rollouts_over_are_over AFTER UPDATE OF phase, reason, started_unix_ms, ended_unix_ms ON rollouts
WHEN OLD.phase = 'finished' OR OLD.phase = 'aborted'
BEGIN SELECT RAISE (ROLLBACK, 'a rollout that is over stays so'); END;

-- All that was ever said of a wave; the wave itself has the last word only.
CREATE TABLE verdicts (
    id         INTEGER PRIMARY KEY,
    rollout    INTEGER NOT NULL,
    wave       INTEGER NOT NULL,
    at_unix_ms INTEGER NOT NULL,
    verdict    TEXT NOT NULL CHECK (verdict IN ('promote', 'hold', 'abort')),
    model      TEXT NOT NULL DEFAULT '',  -- whose chart it was; '' is the whole rollout's
    trip       TEXT NOT NULL CHECK (trip IN ('', 'chart', 'failed', 'share')),
    failed     INTEGER NOT NULL,          -- on that chart ...
    judged     INTEGER NOT NULL,          -- ... of so many
    succeeded  INTEGER NOT NULL,          -- of the wave's ...
    targets    INTEGER NOT NULL,          -- ... so many
    evidence   TEXT NOT NULL,
    FOREIGN KEY (rollout, wave) REFERENCES waves (rollout, number)
) STRICT;

CREATE INDEX verdicts_by_rollout ON verdicts (rollout);

CREATE TRIGGER verdicts_are_history AFTER UPDATE ON verdicts
BEGIN SELECT RAISE (ROLLBACK, 'a verdict never changes'); END;

CREATE TRIGGER verdicts_stay AFTER DELETE ON verdicts
BEGIN SELECT RAISE (ROLLBACK, 'a verdict is never deleted'); END;

-- The sequential tests that the gates read: number 0 is the whole rollout's, 1, 2, 3, ... are those of its models, in
-- order of their names. They are written with the outcomes that they count.
CREATE TABLE charts (
    rollout     INTEGER NOT NULL REFERENCES rollouts (id),
    number      INTEGER NOT NULL CHECK (number >= 0),
    model       TEXT NOT NULL DEFAULT '',
    level_unats INTEGER NOT NULL DEFAULT 0 CHECK (level_unats >= 0),  -- millionths of a nat
    failed      INTEGER NOT NULL DEFAULT 0,
    judged      INTEGER NOT NULL DEFAULT 0,
    trip        TEXT NOT NULL DEFAULT '' CHECK (trip IN ('', 'chart', 'failed', 'share')),
    PRIMARY KEY (rollout, number),
    CHECK (failed >= 0 AND failed <= judged)
) STRICT, WITHOUT ROWID;

-- Rollouts under way go on under the gate; their charts begin with the next outcome.
INSERT INTO charts (rollout, number)
SELECT id, 0 FROM rollouts WHERE phase <> 'finished' AND phase <> 'aborted';

INSERT INTO charts (rollout, number, model)
SELECT m.rollout, row_number() OVER (PARTITION BY m.rollout ORDER BY m.model), m.model
FROM (SELECT DISTINCT r.id AS rollout, f.model
      FROM rollouts r
      CROSS JOIN facts f ON f.target >= r.first_target AND f.target < r.first_target + r.targets
      WHERE r.phase <> 'finished' AND r.phase <> 'aborted') m;

CREATE TRIGGER charts_keep_their_place AFTER UPDATE OF rollout, number, model ON charts
BEGIN SELECT RAISE (ROLLBACK, 'a chart never changes its place'); END;

CREATE TRIGGER charts_stay AFTER DELETE ON charts
BEGIN SELECT RAISE (ROLLBACK, 'a chart is never deleted'); END;

-- What people ordered of a rollout under way, carried out in order of the ids by whoever runs it. An order without an
-- answer is open.
CREATE TABLE orders (
    id               INTEGER PRIMARY KEY,
    rollout          INTEGER NOT NULL REFERENCES rollouts (id),
    kind             TEXT NOT NULL CHECK (kind IN ('pause', 'resume', 'approve', 'abort', 'pace')),
    argument         TEXT NOT NULL DEFAULT '',  -- approve: which wave; pace: 2/s; resume: without whom
    by               TEXT NOT NULL,             -- user@host
    reason           TEXT NOT NULL DEFAULT '',
    at_unix_ms       INTEGER NOT NULL,
    answered_unix_ms INTEGER,
    accepted         INTEGER CHECK (accepted IN (0, 1)),
    answer           TEXT,                      -- one sentence
    CHECK ((answered_unix_ms IS NULL) = (accepted IS NULL) AND (answered_unix_ms IS NULL) = (answer IS NULL))
) STRICT;

-- The runner asks for open orders several times a second.
CREATE INDEX orders_by_rollout ON orders (rollout, answered_unix_ms);

CREATE TRIGGER orders_are_frozen AFTER UPDATE OF id, rollout, kind, argument, by, reason, at_unix_ms ON orders
BEGIN SELECT RAISE (ROLLBACK, 'an order never changes'); END;

CREATE TRIGGER orders_are_answered_once AFTER UPDATE OF answered_unix_ms, accepted, answer ON orders
WHEN OLD.answered_unix_ms IS NOT NULL
BEGIN SELECT RAISE (ROLLBACK, 'an order is answered once'); END;

CREATE TRIGGER orders_stay AFTER DELETE ON orders
BEGIN SELECT RAISE (ROLLBACK, 'an order is never deleted'); END;

-- Whom a resume leaves out: those that its argument named, and that had no outcome yet, when it was given.
CREATE TABLE order_targets (
    order_id INTEGER NOT NULL REFERENCES orders (id),
    target   INTEGER NOT NULL REFERENCES targets (id),
    PRIMARY KEY (order_id, target)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER order_targets_come_with_their_order AFTER INSERT ON order_targets
WHEN NOT EXISTS (SELECT 1 FROM orders o JOIN targets t ON t.rollout = o.rollout
                 WHERE o.id = NEW.order_id AND o.kind = 'resume' AND o.answered_unix_ms IS NULL
                       AND t.id = NEW.target)
BEGIN SELECT RAISE (ROLLBACK, 'whom an order leaves out is settled when it is given'); END;

CREATE TRIGGER order_targets_are_frozen AFTER UPDATE ON order_targets
BEGIN SELECT RAISE (ROLLBACK, 'whom an order leaves out never changes'); END;

CREATE TRIGGER order_targets_stay AFTER DELETE ON order_targets
BEGIN SELECT RAISE (ROLLBACK, 'whom an order leaves out never changes'); END;

-- Targets that had succeeded, and were not well when their wave had soaked. The outcome stays as it was.
CREATE TABLE relapses (
    target     INTEGER PRIMARY KEY REFERENCES targets (id),
    at_unix_ms INTEGER NOT NULL,
    version    TEXT NOT NULL,  -- what it ran then; '' when it did not say
    reason     TEXT NOT NULL
) STRICT;

CREATE TRIGGER relapses_are_history AFTER UPDATE ON relapses
BEGIN SELECT RAISE (ROLLBACK, 'a relapse never changes'); END;

CREATE TRIGGER relapses_stay AFTER DELETE ON relapses
BEGIN SELECT RAISE (ROLLBACK, 'a relapse is never deleted'); END;

-- Events of more kinds.
ALTER TABLE events RENAME TO events_0002;

CREATE TABLE events (
    id         INTEGER PRIMARY KEY,
    rollout    INTEGER NOT NULL REFERENCES rollouts (id),
    target     INTEGER,
    at_unix_ms INTEGER NOT NULL,
    kind       TEXT NOT NULL CHECK (kind IN ('state', 'seen', 'resolved', 'relapsed', 'phase', 'wave', 'verdict',
                                             'order')),
    text       TEXT NOT NULL
) STRICT;

INSERT INTO events (id, rollout, target, at_unix_ms, kind, text)
SELECT id, rollout, target, at_unix_ms, kind, text FROM events_0002 ORDER BY id;

DROP TABLE events_0002;

CREATE INDEX events_by_target ON events (rollout, target);

CREATE TRIGGER events_are_history AFTER UPDATE ON events
BEGIN SELECT RAISE (ROLLBACK, 'an event never changes'); END;

CREATE TRIGGER events_stay AFTER DELETE ON events
BEGIN SELECT RAISE (ROLLBACK, 'an event is never deleted'); END;

-- For people: how far each wave is, and what its gate says.
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
       count(*) FILTER (WHERE t.state = 'canceled') AS canceled,
       count(b.target) AS relapsed,
       strftime('%Y-%m-%dT%H:%M:%SZ', w.soak_until_unix_ms / 1000, 'unixepoch') AS soak_until,
       w.verdict,
       w.evidence
FROM waves w
JOIN rollouts r ON r.id = w.rollout
JOIN targets t ON t.id >= r.first_target + w.first AND t.id < r.first_target + w.first + w.targets
LEFT JOIN relapses b ON b.target = t.id
GROUP BY r.id, w.number;

-- For people: all that the gates said.
CREATE VIEW v_verdict AS
SELECT r.name AS rollout,
       w.name AS wave,
       strftime('%Y-%m-%dT%H:%M:%SZ', v.at_unix_ms / 1000, 'unixepoch') AS at,
       v.verdict,
       v.model,
       v.trip,
       v.failed,
       v.judged,
       v.succeeded,
       v.targets,
       v.evidence
FROM verdicts v
JOIN waves w ON w.rollout = v.rollout AND w.number = v.wave
JOIN rollouts r ON r.id = v.rollout;

-- For people: who ordered what, and what came of it.
CREATE VIEW v_order AS
SELECT r.name AS rollout,
       o.id,
       o.kind,
       o.argument,
       o.by,
       o.reason,
       strftime('%Y-%m-%dT%H:%M:%SZ', o.at_unix_ms / 1000, 'unixepoch') AS at,
       strftime('%Y-%m-%dT%H:%M:%SZ', o.answered_unix_ms / 1000, 'unixepoch') AS answered_at,
       o.accepted,
       o.answer
FROM orders o
JOIN rollouts r ON r.id = o.rollout;
