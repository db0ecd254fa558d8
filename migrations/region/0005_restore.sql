-- Control's seals over what it granted: what a region gives back when control's database was restored.
ALTER TABLE replica.user_status ADD COLUMN receipt text;
ALTER TABLE replica.organization_home ADD COLUMN revision bigint NOT NULL DEFAULT 1, ADD COLUMN receipt text;
ALTER TABLE replica."grant" ADD COLUMN receipt text;
ALTER TABLE replica.region ADD COLUMN number bigint NOT NULL DEFAULT 0, ADD COLUMN receipt text;

-- A person's epoch never falls and deletion is for ever, whatever a restored control sends: newer is not more.
CREATE FUNCTION replica.keep_highest_epoch() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NEW.epoch < OLD.epoch THEN
    NEW.epoch := OLD.epoch;
    NEW.status := OLD.status;
    NEW.receipt := OLD.receipt;
  ELSIF OLD.status = 'deleted' THEN
    NEW.status := OLD.status;
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_highest_epoch BEFORE UPDATE ON replica.user_status
  FOR EACH ROW WHEN (NEW.epoch < OLD.epoch OR OLD.status = 'deleted') EXECUTE FUNCTION replica.keep_highest_epoch();

-- Organizations that ended here. Their rows go once control has removed the home; this stays, so that a control from an older backup does not
-- bring one back to life.
CREATE TABLE region.ended_organization (
  id uuid PRIMARY KEY,
  ended_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO region.ended_organization (id) SELECT o.id FROM region.organization AS o WHERE o.status = 'deleted';
CREATE FUNCTION region.note_ended() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO region.ended_organization (id) VALUES (NEW.id) ON CONFLICT (id) DO NOTHING;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_ended AFTER UPDATE OF status ON region.organization
  FOR EACH ROW WHEN (NEW.status = 'deleted') EXECUTE FUNCTION region.note_ended();

GRANT SELECT, INSERT, UPDATE, DELETE ON region.ended_organization TO atoll_region_service;
REVOKE ALL ON FUNCTION replica.keep_highest_epoch(), region.note_ended() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION replica.keep_highest_epoch(), region.note_ended() TO atoll_region_service;
