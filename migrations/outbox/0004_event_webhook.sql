-- Events that are not state carry their payload and wait until every receiver acknowledged them.
CREATE TABLE outbox.event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic text NOT NULL CHECK (topic ~ '^[a-z][a-z0-9_.]{0,62}$'),
  receiver smallint CHECK (receiver BETWEEN 0 AND 4095),        -- NULL: all
  payload jsonb NOT NULL,
  created timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Events that arrived. An inbox: whoever handles one deletes it in its own transaction.
CREATE TABLE outbox.inbox (
  stream smallint NOT NULL,
  id bigint NOT NULL,
  topic text NOT NULL,
  payload jsonb NOT NULL,
  arrived timestamptz NOT NULL DEFAULT clock_timestamp(),
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
  last_status integer,
  PRIMARY KEY (webhook, kind, key)
);
-- Serves: the dispatcher's next deliveries.
CREATE INDEX webhook_delivery_due ON outbox.webhook_delivery (due) WHERE state = 'waiting';
