-- The log of this silo: dense immutable positions, packed as one or few rows per tick.

-- The lives of the log. A restored, promoted or copied database starts another.
CREATE TABLE outbox.epoch (
  ordinal integer PRIMARY KEY CHECK (ordinal > 0),
  id text NOT NULL UNIQUE CHECK (id ~ '^[0-9a-f]{32}$'),
  parent integer REFERENCES outbox.epoch (ordinal),
  fork_position bigint NOT NULL CHECK (fork_position >= 0),
  fork_chain bytea NOT NULL CHECK (octet_length(fork_chain) = 32),
  system_identifier bigint NOT NULL,
  database_oid oid NOT NULL,
  timeline text NOT NULL,
  reason text NOT NULL,
  created timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The one row that a tick locks. fillfactor: it is updated by every tick, in place while the page has room.
CREATE TABLE outbox.sequencer (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  fence bigint NOT NULL DEFAULT 0,         -- rises with each change of the leader
  leader text,
  backend_pid integer,                     -- the leader's backend: a successor terminates it
  backend_start timestamptz,
  epoch integer REFERENCES outbox.epoch (ordinal),
  head bigint NOT NULL DEFAULT 0 CHECK (head >= 0),
  chain bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(chain) = 32),
  done pg_snapshot NOT NULL DEFAULT '1:1:',
  cut pg_snapshot,
  cut_progress bigint,
  floor bigint NOT NULL DEFAULT 0,
  candidate_sequence bigint,
  candidate_transaction xid8,
  complete_as_of bigint NOT NULL DEFAULT 0,      -- microseconds since 1970
  complete_snapshot pg_snapshot,           -- NULL: the same as done, which is what it mostly is
  beat timestamptz NOT NULL DEFAULT clock_timestamp(),
  pruned bigint NOT NULL DEFAULT 0,        -- entries up to here may be gone
  pruned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((cut IS NULL) = (cut_progress IS NULL)),
  CHECK ((candidate_sequence IS NULL) = (candidate_transaction IS NULL))
) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
INSERT INTO outbox.sequencer DEFAULT VALUES;

-- Source transactions of which only a part is in the log.
CREATE TABLE outbox.carry (
  ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- the order in which they were found
  transaction xid8 NOT NULL UNIQUE,
  after bigint NOT NULL,
  through bigint
);

-- Entries first...last, packed; chain is the chain after `last`. Eight partitions of 2^20 positions take turns; each is truncated once it
-- is wholly behind the retention bound.
CREATE TABLE outbox.segment (
  first bigint NOT NULL,
  last bigint NOT NULL,
  lanes smallint NOT NULL,                 -- bit 0 priority, 1 main, 2 bulk: which occur in it
  created timestamptz NOT NULL DEFAULT now(),
  chain_before bytea NOT NULL,
  chain bytea NOT NULL,
  entries bytea NOT NULL
) PARTITION BY LIST (((first >> 20) & 7));
DO $$
BEGIN
  FOR i IN 0..7 LOOP
    EXECUTE format('CREATE TABLE outbox.segment_%s PARTITION OF outbox.segment FOR VALUES IN (%s)', i, i);
    -- Packed entries are mostly random keys: compressing them costs time and saves nothing.
    EXECUTE format('ALTER TABLE outbox.segment_%s ALTER COLUMN entries SET STORAGE EXTERNAL', i);
  END LOOP;
END
$$;
-- Serves: the reader's "segments after my cursor, in order".
CREATE INDEX segment_last ON outbox.segment (last);

-- How far each receiver acknowledged each lane. A cursor that a receiver sends is the acknowledgement.
CREATE TABLE outbox.receiver (
  silo smallint NOT NULL CHECK (silo BETWEEN 0 AND 4095),
  lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
  epoch integer NOT NULL,
  position bigint NOT NULL CHECK (position >= 0),
  advanced timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (silo, lane)
) WITH (fillfactor = 50);

-- What else is known of a receiver.
CREATE TABLE outbox.peer (
  silo smallint PRIMARY KEY CHECK (silo BETWEEN 0 AND 4095),
  retained bigint NOT NULL DEFAULT 0,      -- exits up to here are finalized: a cursor below could not be told the removes any more
  resync_transaction xid8                  -- the last resynchronization that wrote pointers for it
);

-- Rows that a receiver could not apply, as it reported them.
CREATE TABLE outbox.nack (
  silo smallint NOT NULL,
  kind text NOT NULL,
  key text NOT NULL,
  code text NOT NULL,
  generation bigint NOT NULL,
  epoch integer NOT NULL,
  head bigint NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  count integer NOT NULL DEFAULT 1,
  PRIMARY KEY (silo, kind, key)
);
