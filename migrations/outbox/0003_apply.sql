-- The receiving side: cursors, what was removed, what could not be applied, which requests were seen.

-- How far this silo has applied each lane of a stream. Moves only in the transaction that applies what it stands for.
CREATE TABLE outbox.cursor (
  stream smallint NOT NULL CHECK (stream BETWEEN 0 AND 4095),     -- whose log: 0 is control
  lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
  epoch integer NOT NULL CHECK (epoch > 0),
  epoch_id text NOT NULL CHECK (epoch_id ~ '^[0-9a-f]{32}$'),
  position bigint NOT NULL CHECK (position >= 0),
  chain bytea NOT NULL CHECK (octet_length(chain) = 32),
  seen bigint NOT NULL DEFAULT 0,          -- highest head of any batch applied in this epoch
  consistent_at bigint NOT NULL DEFAULT 0, -- the replica is an exact cut at or past it, if consistency is known
  consistency_known boolean NOT NULL DEFAULT false,
  complete_as_of bigint NOT NULL DEFAULT 0,
  complete_snapshot pg_snapshot NOT NULL DEFAULT '1:1:',
  -- A resynchronization under way: rows older than (epoch, bound) go when a complete snapshot sees the token.
  resync_epoch integer,
  resync_bound bigint,
  resync_token xid8,
  applied timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream, lane)
) WITH (fillfactor = 50);

-- Versions of removed rows, so that a slower answer cannot bring them back.
CREATE TABLE outbox.tombstone (
  kind text NOT NULL,
  key text NOT NULL,
  stream smallint NOT NULL,
  generation bigint NOT NULL,
  epoch integer NOT NULL,
  head bigint NOT NULL,
  PRIMARY KEY (kind, key)
);

-- Rows that could not be applied. The lane went on; the sender is told by a NACK per row.
CREATE TABLE outbox.quarantine (
  stream smallint NOT NULL,
  kind text NOT NULL,
  key text NOT NULL,
  code text NOT NULL,
  generation bigint NOT NULL,
  epoch integer NOT NULL,
  head bigint NOT NULL,
  fields jsonb,                            -- NULL: a remove
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  count integer NOT NULL DEFAULT 1,
  PRIMARY KEY (stream, kind, key)
);

-- Repairs that were asked for and not answered. An answer that nobody remembers is refused; tombstones wait for these.
CREATE TABLE outbox.bulk_request (
  id text PRIMARY KEY,
  stream smallint NOT NULL,
  lane text NOT NULL,
  epoch integer NOT NULL,
  position bigint NOT NULL,
  made timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Nonces of accepted requests, per key, until they expire: no replica of this silo accepts a request twice.
CREATE TABLE outbox.nonce (
  keyid text NOT NULL,
  nonce text NOT NULL,
  expires timestamptz NOT NULL,
  PRIMARY KEY (keyid, nonce)
);
-- Serves: the pruner.
CREATE INDEX nonce_expires ON outbox.nonce (expires);
