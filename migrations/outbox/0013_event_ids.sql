-- Events: ids that are never given twice, and a memory of them that does not grow for ever.

-- A source that is restored from a backup would count on from where the backup was, and its receivers, who remember what arrived, would take new events for
-- old ones. So an id is of the moment (microseconds since 2020, enough until 2091) and of chance (12 bits) instead of a sequence. Ids still rise.
ALTER TABLE outbox.event ALTER COLUMN id DROP IDENTITY;

CREATE OR REPLACE FUNCTION outbox.emit(receiver smallint, topic text, payload jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_id bigint;
BEGIN
  LOOP
    INSERT INTO outbox.event AS e (id, receiver, topic, payload, xid)
    VALUES ((extract(epoch FROM clock_timestamp() - timestamptz '2020-01-01 00:00:00+00') * 1000000)::bigint * 4096
        + floor(random() * 4096)::bigint,
      emit.receiver, emit.topic, emit.payload, pg_current_xact_id())
    ON CONFLICT (id) DO NOTHING RETURNING e.id INTO v_id;
    EXIT WHEN v_id IS NOT NULL;
  END LOOP;
  PERFORM outbox.append_pointer(k.id, int8send(v_id)) FROM outbox.kind AS k WHERE k.name = 'event';
  RETURN v_id;
END
$$;

-- When an id arrived last. What its source acknowledged as taken long ago does not come again.
ALTER TABLE outbox.inbox_seen ADD COLUMN seen timestamptz NOT NULL DEFAULT clock_timestamp();
-- Serves: the pruner, oldest first.
CREATE INDEX inbox_seen_age ON outbox.inbox_seen (stream, seen);
