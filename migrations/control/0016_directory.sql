-- The directory as a gateway needs it: regions as data that changes at run time, and a feed of what changed, from which every process keeps a map in memory.

-- Regions and localities. Columns of a region that only control reads: they do not travel.
ALTER TABLE control.locality
  ADD COLUMN label text NOT NULL DEFAULT '' CHECK (octet_length(label) <= 200),
  ADD COLUMN visible boolean NOT NULL DEFAULT true;
ALTER TABLE control.region
  -- Whether people see it where they choose a region.
  ADD COLUMN visible boolean NOT NULL DEFAULT true,
  -- Whether new organizations may be given to it.
  ADD COLUMN accepts_organizations boolean NOT NULL DEFAULT true,
  -- What the gateway does with requests for it.
  ADD COLUMN gateway text NOT NULL DEFAULT 'allowed' CHECK (gateway IN ('allowed', 'redirect', 'refused')),
  -- The revisions of the sync protocol that its agents may speak; NULL: every one that this program speaks.
  ADD COLUMN protocol_min smallint CHECK (protocol_min BETWEEN 1 AND 1000),
  ADD COLUMN protocol_max smallint CHECK (protocol_max BETWEEN 1 AND 1000),
  ADD CONSTRAINT region_protocol CHECK (protocol_min <= protocol_max);
-- A region of one tenant or on a customer's hardware is nobody's to choose until an operator says so.
UPDATE control.region SET visible = false, accepts_organizations = false WHERE category <> 'multi_tenant';

-- Which region gets requests that name none: one or no row.
CREATE TABLE directory.default_region (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  region_number smallint NOT NULL REFERENCES control.region (number),
  since timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- What still relies on it, by pattern and day: so that it can shrink.
CREATE TABLE directory.default_use (
  pattern text NOT NULL CHECK (octet_length(pattern) BETWEEN 1 AND 200),
  day date NOT NULL,
  requests bigint NOT NULL CHECK (requests >= 0),
  last timestamptz NOT NULL,
  PRIMARY KEY (pattern, day)
) WITH (fillfactor = 70);
-- Serves: the pruner, and the list of the last days.
CREATE INDEX default_use_day ON directory.default_use (day);

-- Names that operators keep from everybody, besides those that the program reserves.
CREATE TABLE directory.reserved_slug (
  slug text PRIMARY KEY CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  reason text NOT NULL CHECK (octet_length(reason) <= 200),
  reserved_by text NOT NULL,
  reserved timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Serves: the aliases of an organization; the pruner of aliases whose rest is over.
CREATE INDEX slug_organization ON directory.slug (organization_id);
CREATE INDEX slug_resting ON directory.slug (rests_until) WHERE state = 'resting';

-- A rename and a swap are operations as well: done when the regions have them.
ALTER TABLE directory.operation
  DROP CONSTRAINT operation_kind_check,
  DROP CONSTRAINT operation_state_check,
  ALTER COLUMN user_id DROP NOT NULL,
  ADD COLUMN operator_id uuid REFERENCES control.operator (id),
  -- The slug that was asked for.
  ADD COLUMN slug text,
  -- The other organization of a swap.
  ADD COLUMN other_organization_id uuid REFERENCES directory.organization_home (id),
  -- The transaction that made the change: a region whose applied snapshot sees it has the change.
  ADD COLUMN changed_by xid8,
  ADD CONSTRAINT operation_kind_check CHECK (kind IN ('create_organization', 'rename_organization', 'swap_slugs')),
  ADD CONSTRAINT operation_state_check CHECK (state IN ('provisioning', 'propagating', 'done')),
  ADD CONSTRAINT operation_actor CHECK ((user_id IS NULL) <> (operator_id IS NULL)),
  ADD CONSTRAINT operation_other CHECK ((kind = 'swap_slugs') = (other_organization_id IS NOT NULL)),
  ADD CONSTRAINT operation_changed CHECK ((kind = 'create_organization') = (changed_by IS NULL)),
  -- Serves: an operator's request sent twice.
  ADD CONSTRAINT operation_operator_idempotency UNIQUE (operator_id, idempotency_key);
-- Serves: what may be done by now, and whether anybody wants to know how far regions are.
CREATE INDEX operation_propagating ON directory.operation (id) WHERE state = 'propagating';
-- Serves: how many a person has open.
CREATE INDEX operation_open ON directory.operation (user_id) WHERE state <> 'done';
-- Serves: the pruner.
CREATE INDEX operation_finished ON directory.operation (finished) WHERE state = 'done';

-- Words of regions about what is another's, counted: operators are told of the first.
CREATE TABLE directory.foreign_word (
  region_number smallint NOT NULL,
  kind text NOT NULL,
  subject text NOT NULL CHECK (octet_length(subject) <= 255),
  words bigint NOT NULL DEFAULT 1,
  first timestamptz NOT NULL DEFAULT clock_timestamp(),
  last timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (region_number, kind, subject)
);
-- Serves: the pruner, and how many a region has.
CREATE INDEX foreign_word_last ON directory.foreign_word (last);

-- What changed: a pointer for every change of a home, a slug, a project key or a region. A follower remembers the snapshot up to which it has read, and
-- asks for what is not visible in that: nothing that commits late is lost, and nothing orders writers.
CREATE TABLE directory.change (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind text NOT NULL CHECK (kind IN ('organization', 'slug', 'project_key', 'region')),
  key text NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Serves: followers and the pruner.
CREATE INDEX change_xid ON directory.change (xid);

-- Changes below are pruned: a follower whose snapshot began earlier reads everything again.
CREATE TABLE directory.change_floor (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  xid xid8 NOT NULL
);
INSERT INTO directory.change_floor (xid) VALUES (pg_current_xact_id());

-- Transaction ids mean nothing in another cluster: followers begin anew, and what waits for regions waits from now on.
CREATE FUNCTION directory.begin_epoch() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF NEW.cause IN ('system', 'database') THEN
    DELETE FROM directory.change;
    UPDATE directory.change_floor SET xid = pg_current_xact_id();
    UPDATE directory.operation SET changed_by = pg_current_xact_id() WHERE state = 'propagating';
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER begin_directory_epoch AFTER INSERT ON outbox.epoch
  FOR EACH ROW WHEN (NEW.cause <> 'first') EXECUTE FUNCTION directory.begin_epoch();

-- Triggers write the feed with the owner's rights: nobody else appends to it.
CREATE FUNCTION directory.note_home() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO directory.change (kind, key) VALUES ('organization', NEW.id::text);
  RETURN NULL;
END
$$;
CREATE TRIGGER note_insert AFTER INSERT ON directory.organization_home
  FOR EACH ROW EXECUTE FUNCTION directory.note_home();
CREATE TRIGGER note_update AFTER UPDATE ON directory.organization_home FOR EACH ROW
  WHEN ((OLD.slug, OLD.region_number, OLD.generation, OLD.state) IS DISTINCT FROM (NEW.slug, NEW.region_number, NEW.generation, NEW.state))
  EXECUTE FUNCTION directory.note_home();

CREATE FUNCTION directory.note_slug() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO directory.change (kind, key) VALUES ('slug', COALESCE(NEW.slug, OLD.slug));
  RETURN NULL;
END
$$;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON directory.slug
  FOR EACH ROW EXECUTE FUNCTION directory.note_slug();

-- Project keys come by the thousand: one statement a batch.
CREATE FUNCTION directory.note_new_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO directory.change (kind, key) SELECT 'project_key', n.public_key FROM new_rows n;
  RETURN NULL;
END
$$;
CREATE FUNCTION directory.note_changed_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO directory.change (kind, key)
  SELECT 'project_key', k.public_key
  FROM (SELECT r.public_key, to_jsonb(r) - '_epoch' - '_head' - '_generation' AS row FROM old_rows r) AS o
  FULL JOIN (SELECT r.public_key, to_jsonb(r) - '_epoch' - '_head' - '_generation' AS row FROM new_rows r) AS n
    ON n.public_key = o.public_key AND n.row = o.row
  CROSS JOIN LATERAL (VALUES (COALESCE(o.public_key, n.public_key))) AS k (public_key)
  WHERE o.row IS NULL OR n.row IS NULL;
  RETURN NULL;
END
$$;
CREATE FUNCTION directory.note_gone_keys() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO directory.change (kind, key) SELECT 'project_key', o.public_key FROM old_rows o;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_insert AFTER INSERT ON directory.project_key
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_new_keys();
CREATE TRIGGER note_update AFTER UPDATE ON directory.project_key
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_changed_keys();
CREATE TRIGGER note_delete AFTER DELETE ON directory.project_key
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_gone_keys();
CREATE TRIGGER note_insert AFTER INSERT ON directory.project_key_owner
  REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_new_keys();
CREATE TRIGGER note_update AFTER UPDATE ON directory.project_key_owner
  REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_changed_keys();
CREATE TRIGGER note_delete AFTER DELETE ON directory.project_key_owner
  REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_gone_keys();

-- Regions are few: whatever changes, all are read.
CREATE FUNCTION directory.note_regions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  INSERT INTO directory.change (kind, key) VALUES ('region', '');
  RETURN NULL;
END
$$;
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON control.region
  FOR EACH STATEMENT EXECUTE FUNCTION directory.note_regions();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON control.locality
  FOR EACH STATEMENT EXECUTE FUNCTION directory.note_regions();
CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON directory.default_region
  FOR EACH STATEMENT EXECUTE FUNCTION directory.note_regions();

GRANT SELECT, INSERT, UPDATE, DELETE ON directory.default_region, directory.default_use, directory.reserved_slug,
  directory.foreign_word
  TO atoll_control_service;
GRANT DELETE ON directory.operation TO atoll_control_service;
GRANT SELECT, DELETE ON directory.change TO atoll_control_service;
GRANT SELECT, UPDATE ON directory.change_floor TO atoll_control_service;
REVOKE ALL ON FUNCTION directory.note_home(), directory.note_slug(), directory.note_new_keys(), directory.note_changed_keys(),
  directory.note_gone_keys(), directory.note_regions(), directory.begin_epoch() FROM PUBLIC;
