-- Anti-entropy: what was found to differ, and rows that are to be sent again.

-- A row that differed between its owner and a receiver although it must not have. No values, only keys, columns and versions.
CREATE TABLE outbox.incident (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  stream smallint NOT NULL CHECK (stream BETWEEN 0 AND 4095),   -- whose row it is
  silo smallint NOT NULL CHECK (silo BETWEEN 0 AND 4095),       -- who holds the replica
  kind text NOT NULL,
  key text NOT NULL,
  difference text NOT NULL CHECK (difference IN ('MISSING', 'EXTRA', 'NOT_ENTITLED', 'CONTENT', 'STALE_VERSION')),
  columns text[] NOT NULL DEFAULT '{}',    -- which differ
  owned_version text,                      -- generation/epoch/head at the owner and in the replica, where known here
  held_version text,
  first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
  count integer NOT NULL DEFAULT 1,
  state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'mended')),
  mended_at timestamptz,
  CHECK ((state = 'mended') = (mended_at IS NOT NULL))
);
-- Serves: the open incident of a row, one at a time; open incidents of a silo, for status and comparisons.
CREATE UNIQUE INDEX incident_open ON outbox.incident (silo, stream, kind, key) WHERE state = 'open';
-- Serves: the pruner.
CREATE INDEX incident_mended ON outbox.incident (mended_at) WHERE state = 'mended';

-- Rows that one receiver is to get again. A pointer of kind `repair` names this row and not the entity: it concerns nobody else, and it
-- reaches a receiver that is no longer entitled to the entity, which then becomes a remove.
CREATE TABLE outbox.repair (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  silo smallint NOT NULL CHECK (silo BETWEEN 0 AND 4095),
  kind text NOT NULL,
  key text NOT NULL,
  transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
  made timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Serves: forgetting what a receiver has applied.
CREATE INDEX repair_silo ON outbox.repair (silo);

SELECT outbox.declare_kind('repair', 'int8', 'main', false);

-- Rights for the service role of a silo, on what was added here. Called by the silo's own migration.
CREATE FUNCTION outbox.grant_divergence(service name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.incident, outbox.repair TO %I', service);
END
$$;
REVOKE ALL ON FUNCTION outbox.grant_divergence(name) FROM PUBLIC;

SELECT outbox.add_service_table('incident');
SELECT outbox.add_service_table('repair');
