-- The fleet: gateways, their devices, and the tags that people gave them. A missing value is the empty text.

CREATE TABLE gateways (
    id         INTEGER PRIMARY KEY,
    gateway_id TEXT NOT NULL CHECK (gateway_id <> ''),  -- the vendor's SmartAGId
    region     TEXT NOT NULL,
    account    TEXT NOT NULL DEFAULT '',
    model      TEXT NOT NULL DEFAULT '',
    name       TEXT NOT NULL DEFAULT '',
    site       TEXT NOT NULL DEFAULT '',
    timezone   TEXT NOT NULL DEFAULT '',                -- IANA
    isp        TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE UNIQUE INDEX gateways_by_gateway_id ON gateways (gateway_id);

-- One box. A gateway has one, or two when it is an HA pair.
CREATE TABLE devices (
    id          INTEGER PRIMARY KEY,
    gateway     INTEGER NOT NULL REFERENCES gateways (id),
    serial      TEXT NOT NULL DEFAULT '',
    ha_role     TEXT NOT NULL DEFAULT '' CHECK (ha_role = '' OR ha_role = 'active' OR ha_role = 'standby'),
    version     TEXT NOT NULL DEFAULT '',
    dpi_version TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX devices_by_gateway ON devices (gateway);
CREATE UNIQUE INDEX devices_by_serial ON devices (serial) WHERE serial <> '';

CREATE TABLE tags (
    device INTEGER NOT NULL REFERENCES devices (id),
    name   TEXT NOT NULL CHECK (name <> ''),
    value  TEXT NOT NULL CHECK (value <> ''),
    PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;

-- How often the inventory was written: an import that read it before somebody else wrote it must not write.
CREATE TABLE inventory (
    id         INTEGER PRIMARY KEY CHECK (id = 1),
    generation INTEGER NOT NULL
) STRICT;

INSERT INTO inventory (id, generation) VALUES (1, 0);
