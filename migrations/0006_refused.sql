-- What a gate's chart counts as failed without a call that was accepted: it says nothing of the version. The charts of
-- rollouts from before take all of it for the version's, and so are doubted rather too soon than too late.

ALTER TABLE charts RENAME TO charts_0005;
DROP TRIGGER charts_keep_their_place;
DROP TRIGGER charts_stay;

-- The sequential tests that the gates read: number 0 is the whole rollout's, 1, 2, 3, ... are those of its models, in
-- order of their names. They are written with the outcomes that they count.
CREATE TABLE charts (
    rollout     INTEGER NOT NULL REFERENCES rollouts (id),
    number      INTEGER NOT NULL CHECK (number >= 0),
    model       TEXT NOT NULL DEFAULT '',
    level_unats INTEGER NOT NULL DEFAULT 0 CHECK (level_unats >= 0),  -- millionths of a nat
    failed      INTEGER NOT NULL DEFAULT 0,
    judged      INTEGER NOT NULL DEFAULT 0,
    refused     INTEGER NOT NULL DEFAULT 0,  -- of those that failed
    trip        TEXT NOT NULL DEFAULT '' CHECK (trip IN ('', 'chart', 'failed', 'share')),
    PRIMARY KEY (rollout, number),
    CHECK (refused >= 0 AND refused <= failed AND failed <= judged)
) STRICT, WITHOUT ROWID;

INSERT INTO charts (rollout, number, model, level_unats, failed, judged, trip)
SELECT rollout, number, model, level_unats, failed, judged, trip FROM charts_0005;

DROP TABLE charts_0005;

CREATE TRIGGER charts_keep_their_place AFTER UPDATE OF rollout, number, model ON charts
BEGIN SELECT RAISE (ROLLBACK, 'a chart never changes its place'); END;

CREATE TRIGGER charts_stay AFTER DELETE ON charts
BEGIN SELECT RAISE (ROLLBACK, 'a chart is never deleted'); END;
