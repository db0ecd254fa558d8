-- Slugs that organizations here gave up and that still lead to them, as control says; one that no longer does is removed.
CREATE TABLE replica.former_slug (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  slug text NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);
-- Serves: organization by a slug that is nobody's here. Not unique: between two batches two rows may carry one slug.
CREATE INDEX former_slug_slug ON replica.former_slug (slug);
SELECT outbox.declare_replica('replica.former_slug', 'former_slug');

CREATE TRIGGER tell_update AFTER UPDATE ON replica.former_slug REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION region.tell_changes('o', 'organization_id');
CREATE TRIGGER tell_delete AFTER DELETE ON replica.former_slug REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION region.tell_changes('o', 'organization_id');

GRANT SELECT, INSERT, UPDATE, DELETE ON replica.former_slug TO atoll_region_service;
