-- Rollouts that take back what another one changed. What a person took back from a policy, no night begins anew by itself.
CREATE TABLE rollbacks (
    rollout INTEGER PRIMARY KEY REFERENCES rollouts (id),  -- that takes back
    of      INTEGER NOT NULL REFERENCES rollouts (id),     -- what this one changed
    reason  TEXT NOT NULL                                  -- '': nobody said one
) STRICT;

CREATE TRIGGER rollbacks_are_history AFTER UPDATE ON rollbacks
BEGIN SELECT RAISE (ROLLBACK, 'what a rollout takes back never changes'); END;

CREATE TRIGGER rollbacks_stay AFTER DELETE ON rollbacks
BEGIN SELECT RAISE (ROLLBACK, 'what a rollout takes back is never forgotten'); END;
