-- What readiness, `atoll doctor` and traces need.

-- The service reads how far its schema is migrated: readiness and the doctor ask.
DO $$
DECLARE
  v_role name;
BEGIN
  FOR v_role IN
    SELECT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE c.oid = 'outbox.cursor'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
  LOOP
    EXECUTE format('GRANT SELECT ON outbox.migration TO %I', v_role);
  END LOOP;
END
$$;
ALTER FUNCTION outbox.grant_roles(name, name) RENAME TO grant_roles_2;
CREATE FUNCTION outbox.grant_roles(service name, application name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  PERFORM outbox.grant_roles_2(service, application);
  EXECUTE format('GRANT SELECT ON outbox.migration TO %I', service);
  EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.trace_transaction(text) TO %I, %I', service, application);
END
$$;
REVOKE ALL ON FUNCTION outbox.grant_roles(name, name) FROM PUBLIC;

-- The W3C trace context of transactions whose request is sampled; of no others. A pointer holds none: it stays small. Pruned after an hour.
CREATE TABLE outbox.trace (
  transaction xid8 PRIMARY KEY,
  parent text NOT NULL CHECK (parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$'),
  position bigint,                         -- of its last entry; NULL: not sequenced yet
  created timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Serves: the traces of an interval that is delivered.
CREATE INDEX trace_position ON outbox.trace (position);
-- Serves: pruning.
CREATE INDEX trace_created ON outbox.trace (created);
SELECT outbox.add_service_table('trace');

-- Says which trace the caller's transaction belongs to. For applications too: call it once in a transaction that changes something, with the
-- `traceparent` of the request. One that is not sampled or malformed is ignored: a trace must never break a write.
CREATE FUNCTION outbox.trace_transaction(traceparent text) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
  INSERT INTO outbox.trace (transaction, parent)
  SELECT pg_current_xact_id(), trace_transaction.traceparent
  WHERE trace_transaction.traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$'
  ON CONFLICT (transaction) DO NOTHING
$$;
REVOKE ALL ON FUNCTION outbox.trace_transaction(text) FROM PUBLIC;
DO $$
DECLARE
  v_role name;
BEGIN
  FOR v_role IN
    SELECT DISTINCT r.rolname FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
    WHERE p.oid = 'outbox.append(text, uuid)'::regprocedure AND a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.trace_transaction(text) TO %I', v_role);
  END LOOP;
END
$$;
