-- Gives the roles of a silo their rights. Called by the silo's own migration with the names of its two group roles.
CREATE FUNCTION outbox.grant_roles(service name, application name) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA outbox TO %I, %I', service, application);
  -- The application appends its own kinds, nothing else.
  EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.append(text, uuid), outbox.append(text, bigint), outbox.append(text, text) TO %I, %I',
    service, application);
  EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.append_pointers(smallint[], bytea[]), outbox.declare_kind(text, text, text, boolean),'
    ' outbox.declare_replica(regclass, text), outbox.application_kind(text, text), outbox.emit(smallint, text, jsonb) TO %I', service);
  EXECUTE format('GRANT SELECT ON outbox.kind, outbox.pending, outbox.replica, outbox.pending_seq TO %I', service);
  EXECUTE format('GRANT TRUNCATE, SELECT ON outbox.pending_0, outbox.pending_1, outbox.pending_2, outbox.pending_3 TO %I', service);
  EXECUTE format('GRANT SELECT, INSERT ON outbox.segment, outbox.epoch TO %I', service);
  FOR i IN 0..7 LOOP
    EXECUTE format('GRANT SELECT, TRUNCATE ON outbox.segment_%s TO %I', i, service);
  END LOOP;
  EXECUTE format('GRANT SELECT, UPDATE ON outbox.sequencer TO %I', service);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.carry, outbox.receiver, outbox.peer, outbox.nack, outbox.cursor,'
    ' outbox.tombstone, outbox.quarantine, outbox.bulk_request, outbox.nonce, outbox.event, outbox.inbox, outbox.inbox_seen, outbox.webhook, outbox.webhook_delivery TO %I', service);
END
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA outbox FROM PUBLIC;
