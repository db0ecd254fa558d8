-- The way in: numbers of projects as they stand in DSNs, names of keys, and what tells processes that a key has changed.

-- 48 random bits as 16 digits below 2^53, so that every language reads it as a number. Nothing is found by it: a request is resolved by its key.
CREATE FUNCTION region.new_project_number() RETURNS bigint
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  SELECT 1000000000000000 + ('x' || left(translate(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint
$$;

ALTER TABLE region.project
  ADD COLUMN number bigint NOT NULL DEFAULT region.new_project_number() CHECK (number BETWEEN 1 AND 9007199254740991),
  -- Serves: importing a project under the number that its DSNs already carry.
  ADD CONSTRAINT project_number UNIQUE (number);

-- A key carries its project's number, which never changes, so that one row says all about a DSN.
ALTER TABLE region.project_key
  ADD COLUMN name text CHECK (char_length(name) BETWEEN 1 AND 200),
  ADD COLUMN project_number bigint;
UPDATE region.project_key AS k SET project_number = p.number FROM region.project AS p WHERE p.id = k.project_id;
ALTER TABLE region.project_key ALTER COLUMN project_number SET NOT NULL;
CREATE FUNCTION region.take_project_number() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT p.number INTO NEW.project_number FROM region.project AS p WHERE p.id = NEW.project_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER take_project_number BEFORE INSERT ON region.project_key
  FOR EACH ROW EXECUTE FUNCTION region.take_project_number();
CREATE FUNCTION region.refuse_number_change() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the number of a project never changes' USING ERRCODE = '55000';
END
$$;
CREATE TRIGGER refuse_number_change BEFORE UPDATE OF number ON region.project
  FOR EACH ROW WHEN (NEW.number <> OLD.number) EXECUTE FUNCTION region.refuse_number_change();

-- `p` a project key, with its id: what region.tell_changes tells about.
CREATE TRIGGER tell_update AFTER UPDATE ON region.project_key REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION region.tell_changes('p', 'id');
CREATE TRIGGER tell_delete AFTER DELETE ON region.project_key REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION region.tell_changes('p', 'id');

CREATE OR REPLACE VIEW atoll.project AS
  SELECT p.id, p.organization_id, p.slug, p.name, p.created_at, p.number
  FROM region.project AS p;

CREATE OR REPLACE VIEW atoll.project_key AS
  SELECT k.id, k.organization_id, k.project_id, k.public_key, k.status, k.created_at, k.name, k.project_number
  FROM region.project_key AS k;

REVOKE ALL ON FUNCTION region.new_project_number(), region.take_project_number(), region.refuse_number_change() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION region.new_project_number() TO atoll_region_service;
