-- Snapshots beside the stream: how far each kind of a stream is at its receiver, and what the sender knows of its receivers' snapshots.

-- One row per kind of a stream that is being or was taken in chunks. Written in the transaction that applies the chunk.
CREATE TABLE outbox.snapshot (
  stream smallint NOT NULL CHECK (stream BETWEEN 0 AND 4095),     -- whose rows: 0 is control
  kind text NOT NULL,
  lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
  after_key text,                          -- everything up to this key is here; NULL: nothing yet, or done
  rows bigint NOT NULL DEFAULT 0 CHECK (rows >= 0),
  expected bigint CHECK (expected >= 0),   -- the sender's estimate; NULL: not told
  rate double precision NOT NULL DEFAULT 0,-- rows per second of the last chunks, smoothed
  done boolean NOT NULL DEFAULT false,
  started timestamptz NOT NULL DEFAULT clock_timestamp(),
  updated timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream, kind)
) WITH (fillfactor = 50);

-- Requests for chunks name where they begin, so that another process, or the next one, goes on with them. NULL: a repair.
ALTER TABLE outbox.bulk_request ADD COLUMN kind text, ADD COLUMN after_key text;

-- What a receiver said with its last request for a chunk, for operators of the sender. NULL: it never took a snapshot.
ALTER TABLE outbox.peer
  ADD COLUMN snapshot_rows bigint, ADD COLUMN snapshot_expected bigint,
  ADD COLUMN snapshot_started timestamptz, ADD COLUMN snapshot_seen timestamptz;

-- Tables that came after grant_roles was first called: the service role reads and writes them.
CREATE TABLE outbox.service_table (
  name name PRIMARY KEY
);

-- Gives the service roles of this database their rights on a new table of this schema, now and whenever grant_roles is called again.
CREATE FUNCTION outbox.add_service_table(name name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_role name;
BEGIN
  INSERT INTO outbox.service_table AS s (name) VALUES (add_service_table.name) ON CONFLICT ON CONSTRAINT service_table_pkey DO NOTHING;
  FOR v_role IN
    SELECT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.oid = 'outbox.cursor'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.%I TO %I', add_service_table.name, v_role);
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION outbox.add_service_table(name) FROM PUBLIC;

ALTER FUNCTION outbox.grant_roles(name, name) RENAME TO grant_roles_1;
CREATE FUNCTION outbox.grant_roles(service name, application name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_table name;
BEGIN
  PERFORM outbox.grant_roles_1(service, application);
  FOR v_table IN SELECT s.name FROM outbox.service_table s LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.%I TO %I', v_table, service);
  END LOOP;
END
$$;
REVOKE ALL ON FUNCTION outbox.grant_roles(name, name) FROM PUBLIC;

SELECT outbox.add_service_table('snapshot');
