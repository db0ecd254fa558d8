-- What a control plane does whose database came back from a backup: it asks before it grants.

-- Rises with every change of slug or home, so that of two receipts of one generation the newer is known.
ALTER TABLE directory.organization_home ADD COLUMN revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0);
CREATE FUNCTION directory.raise_revision() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF (NEW.slug, NEW.region_number, NEW.generation) IS DISTINCT FROM (OLD.slug, OLD.region_number, OLD.generation)
    AND NEW.revision <= OLD.revision THEN
    NEW.revision := OLD.revision + 1;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER raise_revision BEFORE UPDATE ON directory.organization_home
  FOR EACH ROW EXECUTE FUNCTION directory.raise_revision();

-- A number in order would be given again after a restore, to another region than the one that has it. A random one is not.
CREATE FUNCTION control.free_region_number() RETURNS smallint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT n::smallint FROM generate_series(1, 4095) AS n
  WHERE NOT EXISTS (SELECT FROM control.region AS r WHERE r.number = n) ORDER BY random() LIMIT 1
$$;
ALTER TABLE control.region ALTER COLUMN number SET DEFAULT control.free_region_number();
DROP SEQUENCE control.region_number_seq;

-- Whether control may grant. One row.
CREATE TABLE control.reconcile (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  -- verifying: a new epoch that may have lost nothing. reconciling: something was lost, or may have been for all that is known.
  phase text NOT NULL DEFAULT 'normal' CHECK (phase IN ('normal', 'verifying', 'reconciling')),
  -- Under which regions return their receipts; random for each begin.
  name text NOT NULL DEFAULT 'none',
  epoch integer NOT NULL DEFAULT 0,
  cause text NOT NULL DEFAULT 'first',
  fork bigint NOT NULL DEFAULT 0,
  began timestamptz,
  ended timestamptz
);
INSERT INTO control.reconcile DEFAULT VALUES;

-- Where each region stands in it.
CREATE TABLE control.reconcile_region (
  region_number smallint PRIMARY KEY REFERENCES control.region (number),
  standing text NOT NULL CHECK (standing IN ('awaited', 'clean', 'returned', 'released')),
  receipts bigint NOT NULL DEFAULT 0,
  differences bigint NOT NULL DEFAULT 0,
  parked bigint NOT NULL DEFAULT 0,
  changed timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Receipts that could not be merged, for an operator.
CREATE TABLE control.parked_receipt (
  region_number smallint NOT NULL REFERENCES control.region (number),
  kind text NOT NULL,
  key text NOT NULL,
  code text NOT NULL,
  parked timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (region_number, kind, key)
);

-- Ends what could have ended after the backup: sessions and unused join tokens.
CREATE FUNCTION control.end_credentials() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  UPDATE control.session SET ended = clock_timestamp() WHERE ended IS NULL;
  DELETE FROM control.join_token WHERE used_at IS NULL;
  INSERT INTO control.audit (actor_kind, actor, action, subject, alarm) VALUES ('system', 'control', 'reconcile.loss', 'control', true);
END
$$;

-- In the transaction that begins an epoch: there is no moment between a new life and the state that guards it.
CREATE FUNCTION control.begin_reconcile() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_is_loss boolean := NEW.cause IN ('system', 'database', 'witness', 'peer');
BEGIN
  UPDATE control.reconcile SET
    phase = CASE WHEN v_is_loss OR phase = 'reconciling' THEN 'reconciling' ELSE 'verifying' END,
    name = replace(gen_random_uuid()::text, '-', ''), epoch = NEW.ordinal, cause = NEW.cause, fork = NEW.fork_position,
    began = clock_timestamp(), ended = NULL;
  DELETE FROM control.reconcile_region;
  INSERT INTO control.reconcile_region (region_number, standing)
  SELECT r.number, 'awaited' FROM control.region r WHERE r.state = 'active';
  IF NOT FOUND THEN
    UPDATE control.reconcile SET phase = 'normal', ended = clock_timestamp();
  END IF;
  INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
  VALUES ('system', 'control', 'reconcile.begin', NEW.cause, v_is_loss);
  IF v_is_loss THEN
    PERFORM control.end_credentials();
  END IF;
  IF NEW.cause IN ('system', 'database') THEN
    -- Transaction ids mean nothing in another cluster: exits are told again, keys announced again.
    UPDATE directory.interest SET left_by = pg_current_xact_id() WHERE state = 'leaving';
    UPDATE control.token_key_secret SET announced_by = pg_current_xact_id();
    DELETE FROM directory.applied;
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER begin_reconcile AFTER INSERT ON outbox.epoch
  FOR EACH ROW WHEN (NEW.cause <> 'first') EXECUTE FUNCTION control.begin_reconcile();

-- Processes of a key that another process with the same key took over from. One that comes back lives beside the other: a copy.
CREATE TABLE control.superseded_instance (
  thumbprint text NOT NULL REFERENCES control.region_key (thumbprint),
  instance text NOT NULL,
  superseded timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (thumbprint, instance)
);

-- What regions hold has no receipts yet: it is told once more.
UPDATE directory.organization_home SET state = state WHERE state <> 'deleting';
UPDATE directory."grant" SET state = state WHERE state = 'live';
UPDATE control.user_status SET status = status WHERE status <> 'active' OR epoch > 0;
UPDATE control.region SET state = state;

GRANT SELECT, UPDATE ON control.reconcile TO atoll_control_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.reconcile_region, control.parked_receipt, control.superseded_instance
  TO atoll_control_service;
REVOKE ALL ON FUNCTION control.end_credentials(), control.begin_reconcile(), control.free_region_number(),
  directory.raise_revision() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.end_credentials(), control.free_region_number(), directory.raise_revision()
  TO atoll_control_service;
