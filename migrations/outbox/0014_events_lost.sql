-- The last event of each receiver that was deleted because it had arrived. It goes with the next one: a receiver that was restored to before it, and is never
-- given it again, learns so that it lost something.
CREATE TABLE outbox.event_forgotten (
  receiver smallint PRIMARY KEY CHECK (receiver BETWEEN 0 AND 4095),
  id bigint NOT NULL,
  forgotten timestamptz NOT NULL DEFAULT clock_timestamp()
);
SELECT outbox.add_service_table('event_forgotten');
