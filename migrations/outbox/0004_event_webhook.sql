-- Events that are not state carry their payload and wait until their receiver acknowledged them.
CREATE TABLE outbox.event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  receiver smallint NOT NULL CHECK (receiver BETWEEN 0 AND 4095),
  topic text NOT NULL CHECK (topic ~ '^[a-z][a-z0-9_.]{0,62}$'),
  payload jsonb NOT NULL,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  created timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Serves: what a receiver has not acknowledged, oldest first.
CREATE INDEX event_receiver ON outbox.event (receiver, id);

SELECT outbox.declare_kind('event', 'int8', 'main', false);

-- Keeps an event and appends its pointer, in the caller's transaction. Returns its id.
CREATE FUNCTION outbox.emit(receiver smallint, topic text, payload jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_xid xid8 := pg_current_xact_id();
  v_id bigint;
BEGIN
  INSERT INTO outbox.event AS e (receiver, topic, payload, xid)
  VALUES (emit.receiver, emit.topic, emit.payload, v_xid) RETURNING e.id INTO v_id;
  INSERT INTO outbox.pending (seq, xid, kind, key)
  SELECT nextval('outbox.pending_seq'), v_xid, k.id, int8send(v_id) FROM outbox.kind k WHERE k.name = 'event';
  RETURN v_id;
END
$$;

-- Events that arrived. An inbox: whoever handles one deletes it in its own transaction.
CREATE TABLE outbox.inbox (
  stream smallint NOT NULL,
  id bigint NOT NULL,
  topic text NOT NULL,
  payload jsonb NOT NULL,
  arrived timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (stream, id)
);

-- Ids that arrived, also after their event was handled: redelivery brings none back.
CREATE TABLE outbox.inbox_seen (
  stream smallint NOT NULL,
  id bigint NOT NULL,
  PRIMARY KEY (stream, id)
);

-- Applications that want to be told of applied changes.
CREATE TABLE outbox.webhook (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 2048),
  kinds text[] NOT NULL,                   -- empty: all
  secrets bytea[] NOT NULL CHECK (cardinality(secrets) BETWEEN 1 AND 4),   -- sealed; several while one is rotated out
  active boolean NOT NULL DEFAULT true,
  created timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- One row per endpoint and entity: the newest applied version that the endpoint has not acknowledged. A newer version takes an older
-- one's place, so deliveries of one entity cannot overtake each other.
CREATE TABLE outbox.webhook_delivery (
  webhook uuid NOT NULL REFERENCES outbox.webhook (id) ON DELETE CASCADE,
  kind text NOT NULL,
  key text NOT NULL,
  generation bigint NOT NULL,
  epoch integer NOT NULL,
  head bigint NOT NULL,
  removed boolean NOT NULL,
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
  attempts integer NOT NULL DEFAULT 0,
  due timestamptz NOT NULL DEFAULT clock_timestamp(),
  leased timestamptz,                      -- until then a dispatcher is sending it: nobody else may, not even a newer version
  last_status integer,
  PRIMARY KEY (webhook, kind, key)
);
-- Serves: the dispatcher's next deliveries.
CREATE INDEX webhook_delivery_due ON outbox.webhook_delivery (due) WHERE state = 'waiting';
