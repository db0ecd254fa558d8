-- Capture with nothing but SQL, from any language. Run as the owner of the outbox schema and of the table:
--   psql -v ON_ERROR_STOP=1 -f capture.sql DATABASE      (after `atoll migrate`, or Migrator with OutboxMigrations)
BEGIN;
CREATE SCHEMA IF NOT EXISTS example;
CREATE TABLE IF NOT EXISTS example.ticket (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), title text NOT NULL);

-- Once: say what travels, and that every change of the table is captured.
SELECT outbox.declare_kind('ticket', 'uuid');
SELECT outbox.capture('example.ticket', 'ticket');
COMMIT;

-- From now on ordinary statements capture themselves, in their own transaction.
BEGIN;
INSERT INTO example.ticket (title) VALUES ('the printer is on fire');
ROLLBACK;                                           -- no ticket, no pointer
INSERT INTO example.ticket (title) VALUES ('the printer is out');

-- A row whose table cannot be captured (a composite key, a view) is appended by hand, after the change.
SELECT outbox.declare_kind('seat', 'text');
SELECT outbox.append('seat', 'hall-1/row-7/12') AS read_your_writes;

-- What waits for the sequencer.
SELECT k.name, p.seq, p.xid FROM outbox.pending AS p JOIN outbox.kind AS k ON k.id = p.kind ORDER BY p.seq DESC LIMIT 5;
