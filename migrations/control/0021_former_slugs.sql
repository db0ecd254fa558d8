-- Slugs that organizations gave up and that still lead to them. Each rest is a row of its own, so that whoever holds it hears of its end. Travels as
-- `former_slug`, to the organization's home only.
CREATE TABLE directory.former_slug (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  organization_id uuid NOT NULL REFERENCES directory.organization_home (id),
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- ended: the remove is on its way; the row goes once the region has it.
  state text NOT NULL DEFAULT 'resting' CHECK (state IN ('resting', 'ended')),
  made_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  ended_by xid8,
  CHECK ((state = 'ended') = (ended_by IS NOT NULL))
);
-- Serves: the end of a rest. A slug rests once at a time.
CREATE UNIQUE INDEX former_slug_resting ON directory.former_slug (slug) WHERE state = 'resting';
-- Serves: the closure of an organization; the exits that may be finished.
CREATE INDEX former_slug_organization ON directory.former_slug (organization_id);
CREATE INDEX former_slug_ended ON directory.former_slug (organization_id) WHERE state = 'ended';

-- Follows directory.slug, whoever changes it. A slug that is claimed for the first time costs nothing here.
CREATE FUNCTION directory.note_rest() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    -- A rest that nobody outside this transaction has seen, as between the two halves of a swap, never was.
    DELETE FROM directory.former_slug f
    WHERE f.slug = OLD.slug AND f.state = 'resting' AND f.made_by = pg_current_xact_id();
    UPDATE directory.former_slug f SET state = 'ended', ended_by = pg_current_xact_id()
    WHERE f.slug = OLD.slug AND f.state = 'resting';
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.state = 'resting' THEN
    INSERT INTO directory.former_slug (organization_id, slug) VALUES (NEW.organization_id, NEW.slug);
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_rest_insert AFTER INSERT ON directory.slug FOR EACH ROW
  WHEN (NEW.state = 'resting') EXECUTE FUNCTION directory.note_rest();
CREATE TRIGGER note_rest_update AFTER UPDATE ON directory.slug FOR EACH ROW
  WHEN ((OLD.state, OLD.organization_id) IS DISTINCT FROM (NEW.state, NEW.organization_id)
    AND (OLD.state = 'resting' OR NEW.state = 'resting'))
  EXECUTE FUNCTION directory.note_rest();
CREATE TRIGGER note_rest_delete AFTER DELETE ON directory.slug FOR EACH ROW
  WHEN (OLD.state = 'resting') EXECUTE FUNCTION directory.note_rest();

SELECT outbox.declare_kind('former_slug', 'uuid', 'main', false);
SELECT outbox.capture('directory.former_slug', 'former_slug');

INSERT INTO directory.former_slug (organization_id, slug)
SELECT s.organization_id, s.slug FROM directory.slug s WHERE s.state = 'resting';

GRANT SELECT, INSERT, UPDATE, DELETE ON directory.former_slug TO atoll_control_service;
REVOKE ALL ON FUNCTION directory.note_rest() FROM PUBLIC;
