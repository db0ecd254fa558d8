-- Why an epoch began: what differed, and so what may have been lost.
ALTER TABLE outbox.epoch ADD COLUMN cause text NOT NULL DEFAULT 'timeline'
  CHECK (cause IN ('first', 'system', 'database', 'timeline', 'witness', 'peer', 'operator'));
ALTER TABLE outbox.epoch ALTER COLUMN cause DROP DEFAULT;

-- Transaction ids mean nothing in another cluster: a dump that was loaded elsewhere says "done up to 1000000" where the next transaction is 800, and
-- nothing would ever get a position. Every pointer that waits becomes one of the epoch's own transaction; what was in the log already is read once more.
CREATE FUNCTION outbox.rebase_transactions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE outbox.pending SET xid = pg_current_xact_id();
  DELETE FROM outbox.carry;
  UPDATE outbox.sequencer SET done = '1:1:', cut = NULL, cut_progress = NULL, candidate_sequence = NULL, candidate_transaction = NULL,
    complete_snapshot = NULL;
  UPDATE outbox.peer SET resync_transaction = NULL WHERE resync_transaction IS NOT NULL;
  UPDATE outbox.event SET xid = pg_current_xact_id();
  RETURN NULL;
END
$$;
CREATE TRIGGER rebase_transactions AFTER INSERT ON outbox.epoch
  FOR EACH ROW WHEN (NEW.cause IN ('system', 'database')) EXECUTE FUNCTION outbox.rebase_transactions();
