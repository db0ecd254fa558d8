-- The doorbell: who listens to logical decoding hears of committed pointers (setting outbox.doorbell = decoding). It lists inserts only, costs
-- nothing while nobody listens, and means nothing unless wal_level is logical.
DO $$
BEGIN
  -- Without the right to create one in the database the poll has to do; an owner can create it later.
  IF has_database_privilege(current_database(), 'CREATE')
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication p WHERE p.pubname = 'atoll_pending')
  THEN
    CREATE PUBLICATION atoll_pending FOR TABLE outbox.pending WITH (publish = 'insert');
  END IF;
END
$$;
