-- What the cloud says of the fleet, beside what people wrote of it: a sync fills these tables, and in those of people it
-- keeps site, timezone, isp and tags, which the cloud does not know. A gateway that is not found any more is marked, and
-- never deleted.

CREATE TABLE gateways_seen (
    gateway      INTEGER PRIMARY KEY REFERENCES gateways (id),
    status       TEXT NOT NULL DEFAULT '',    -- as the vendor spells it; '': not known
    ha_mode      TEXT NOT NULL DEFAULT '' CHECK (ha_mode IN ('', 'none', 'warm', 'cold')),
    seen_unix_ms INTEGER,                     -- when a sync saw it last; NULL: none has
    seen_sync    INTEGER NOT NULL DEFAULT 0,  -- ... and which; 0: none
    gone_unix_ms INTEGER,                     -- since when syncs have not found it; NULL: it is there
    read_unix_ms INTEGER,                     -- when its devices were last read one by one
    read_sync    INTEGER NOT NULL DEFAULT 0
) STRICT;

-- The versions stand here a second time, as the cloud told them: those of devices may be what a file says.
CREATE TABLE devices_seen (
    device       INTEGER PRIMARY KEY REFERENCES devices (id),
    version      TEXT NOT NULL DEFAULT '',
    dpi_version  TEXT NOT NULL DEFAULT '',
    online       INTEGER CHECK (online IN (0, 1)),  -- when it was last read; NULL: not known
    auto_upgrade TEXT NOT NULL DEFAULT ''           -- the vendor's own policy; '': not known
        CHECK (auto_upgrade IN ('', 'manual', 'scheduled', 'boot')),
    read_unix_ms INTEGER,                           -- when that was; NULL: never
    gone_unix_ms INTEGER                            -- since when its gateway does not have it; NULL: it has
) STRICT;

-- One look at the cloud. One that was interrupted is gone on with.
CREATE TABLE syncs (
    id              INTEGER PRIMARY KEY,
    scope           TEXT NOT NULL,              -- the accounts and regions that were meant
    started_unix_ms INTEGER NOT NULL,
    ended_unix_ms   INTEGER,                    -- NULL: not yet, or it was interrupted
    gateways        INTEGER NOT NULL DEFAULT 0  -- that it found
) STRICT;

-- One account in one region, listed to its end, or with what kept it from that.
CREATE TABLE sync_parts (
    sync        INTEGER NOT NULL REFERENCES syncs (id),
    account     TEXT NOT NULL,
    region      TEXT NOT NULL,
    at_unix_ms  INTEGER NOT NULL,
    gateways    INTEGER NOT NULL,
    problem     TEXT NOT NULL DEFAULT '',       -- '': all is well
    PRIMARY KEY (sync, account, region)
) STRICT, WITHOUT ROWID;

-- What a sync found to be otherwise than the inventory had it.
CREATE TABLE changes (
    id         INTEGER PRIMARY KEY,
    sync       INTEGER NOT NULL REFERENCES syncs (id),
    gateway_id TEXT NOT NULL,
    serial     TEXT NOT NULL,                   -- '': the gateway's own
    at_unix_ms INTEGER NOT NULL,
    what       TEXT NOT NULL CHECK (what IN ('appeared', 'disappeared', 'returned', 'version', 'dpi_version', 'serial',
                                             'ha_role', 'model', 'name', 'account', 'region', 'auto_upgrade')),
    before     TEXT NOT NULL,
    after      TEXT NOT NULL,
    rollout    TEXT NOT NULL DEFAULT '',        -- of ours, that brought a version
    foreigner  INTEGER NOT NULL DEFAULT 0 CHECK (foreigner IN (0, 1)), -- somebody else changed it since a sync read it
    CHECK (foreigner = 0 OR (rollout = '' AND (what = 'version' OR what = 'dpi_version')))
) STRICT;

CREATE INDEX changes_by_sync ON changes (sync);

-- Who brought a version: the calls that were made for a device.
CREATE INDEX targets_tried ON targets (device) WHERE sent > 0;

CREATE TRIGGER changes_are_history AFTER UPDATE ON changes
BEGIN SELECT RAISE (ROLLBACK, 'what a sync found never changes'); END;

CREATE TRIGGER changes_stay AFTER DELETE ON changes
BEGIN SELECT RAISE (ROLLBACK, 'what a sync found is never deleted'); END;

-- For people: what the syncs found to be otherwise, versions that somebody else changed above all.
CREATE VIEW v_change AS
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', c.at_unix_ms / 1000, 'unixepoch') AS at,
       c.gateway_id,
       c.serial,
       c.what,
       c.before,
       c.after,
       CASE WHEN c.foreigner THEN 'somebody else' ELSE c.rollout END AS by
FROM changes c;
