-- What a receiver lost is found by marks. The greatest id of what was forgotten proved nothing: ids are of the moment of emission, events arrive in the order of their
-- commits, and one that was emitted before and committed after another was lost unseen by a receiver that was restored to between the two.
--
-- A mark is an event without meaning. It is made when events have arrived, and they are deleted when it has arrived as well: whoever knows it has had all that it
-- stands for. It is kept, and named, until the next one has arrived.
ALTER TABLE outbox.event ADD COLUMN mark bigint;
ALTER TABLE outbox.event_forgotten ALTER COLUMN id DROP NOT NULL;
ALTER TABLE outbox.event_forgotten ADD COLUMN mark bigint;
COMMENT ON COLUMN outbox.event.mark IS 'The mark that stands for this event, which has arrived; null when none does yet.';
COMMENT ON COLUMN outbox.event_forgotten.id IS 'The mark that arrived last: what it stood for is deleted.';
COMMENT ON COLUMN outbox.event_forgotten.mark IS 'The mark that is under way.';

-- A mark that came while its stream was started over may have come before what it stands for.
ALTER TABLE outbox.inbox_seen ADD COLUMN provisional boolean NOT NULL DEFAULT false;
-- Serves: making marks firm when the stream is whole.
CREATE INDEX inbox_seen_provisional ON outbox.inbox_seen (stream) WHERE provisional;

-- As before, and refuses topics that a receiver would not take for events.
CREATE OR REPLACE FUNCTION outbox.emit(receiver smallint, topic text, payload jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_id bigint;
BEGIN
  IF starts_with(emit.topic, 'outbox.') THEN
    RAISE EXCEPTION 'outbox: topics that begin with outbox. are its own' USING ERRCODE = 'check_violation';
  END IF;
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
