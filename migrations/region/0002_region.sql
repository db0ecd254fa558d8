-- What this region owns and control has replicas of. Every organization here has its home here.
CREATE SCHEMA IF NOT EXISTS region; -- the migrator made it

CREATE TABLE region.organization (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deleted')),
  -- The home generation this region speaks for; follows organization_home and only rises.
  generation bigint NOT NULL CHECK (generation > 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- The highest home generation this region ever spoke for: the version of a remove whose organization nobody remembers.
CREATE TABLE region.highest_generation (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  generation bigint NOT NULL DEFAULT 0
);
INSERT INTO region.highest_generation DEFAULT VALUES;
CREATE FUNCTION region.note_generation() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE region.highest_generation SET generation = NEW.generation WHERE generation < NEW.generation;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_generation AFTER INSERT OR UPDATE OF generation ON region.organization
  FOR EACH ROW EXECUTE FUNCTION region.note_generation();

-- A member's id is the id of the grant that control recorded: no member exists without one.
CREATE TABLE region.member (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES region.organization (id),
  user_id uuid NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Serves: the member of a request's user, on every request; the members of an organization.
  UNIQUE (organization_id, user_id)
);

CREATE TABLE region.invitation (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES region.organization (id),
  email text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254),
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  -- SHA-256 of the token. The token itself is shown once and stored nowhere.
  token_digest bytea NOT NULL CHECK (octet_length(token_digest) = 32),
  invited_by uuid NOT NULL,
  state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'accepted', 'revoked')),
  expires_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
-- Serves: the invitations of an organization; at most one pending invitation an address.
CREATE UNIQUE INDEX invitation_pending ON region.invitation (organization_id, email) WHERE state = 'pending';
-- Serves: the invitations of an organization in order; deleting an organization.
CREATE INDEX invitation_organization ON region.invitation (organization_id, id);

CREATE TABLE region.team (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES region.organization (id),
  slug text NOT NULL,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Serves: a team by its slug; the teams of an organization in order.
  UNIQUE (organization_id, slug)
);

CREATE TABLE region.project (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES region.organization (id),
  slug text NOT NULL,
  name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- Serves: a project by its slug; the projects of an organization in order.
  UNIQUE (organization_id, slug)
);

CREATE TABLE region.project_key (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES region.organization (id),
  project_id uuid NOT NULL REFERENCES region.project (id),
  -- Serves: ingest by public key.
  public_key text NOT NULL UNIQUE CHECK (public_key ~ '^[0-9a-f]{32}$'),
  status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
  created_at timestamptz NOT NULL DEFAULT now()
);
-- Serves: the keys of a project; deleting a project.
CREATE INDEX project_key_project ON region.project_key (project_id);
-- Serves: deleting an organization.
CREATE INDEX project_key_organization ON region.project_key (organization_id);

-- Seals of the batches that led to the cursors: what proves a cursor to a control that was restored and no longer knows it.
CREATE TABLE region.cursor_proof (
  lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
  position bigint NOT NULL CHECK (position >= 0),
  envelope text NOT NULL,
  PRIMARY KEY (lane, position)
);

-- What the provisioner decided about a grant, kept until control removes the grant: a member who left must not come back from a
-- grant that has not ended yet.
CREATE TABLE region.grant_decision (
  grant_id uuid PRIMARY KEY,
  decision text NOT NULL CHECK (decision IN ('honoured', 'refused')),
  reason text,
  decided_at timestamptz NOT NULL DEFAULT now()
);

-- Grants and homes that apply touched and the provisioner has not looked at since. Only a hint what to look at: the provisioner
-- derives what to do from the rows themselves, and a full scan at every start finds what no hint names. Hints are appended and
-- never merged: an insert that met a hint being taken at the same moment would be lost or would make apply wait.
CREATE TABLE region.provision_task (
  -- Serves: the next task in order.
  sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject text NOT NULL CHECK (subject IN ('grant', 'home')),
  id uuid NOT NULL
);

CREATE FUNCTION region.note_changed_grants() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO region.provision_task (subject, id) SELECT 'grant', changed.id FROM changed;
  RETURN NULL;
END
$$;
CREATE FUNCTION region.note_changed_homes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  INSERT INTO region.provision_task (subject, id) SELECT 'home', changed.id FROM changed;
  RETURN NULL;
END
$$;
CREATE TRIGGER note_insert AFTER INSERT ON replica."grant"
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_grants();
CREATE TRIGGER note_update AFTER UPDATE ON replica."grant"
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_grants();
CREATE TRIGGER note_delete AFTER DELETE ON replica."grant"
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_grants();
CREATE TRIGGER note_insert AFTER INSERT ON replica.organization_home
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_homes();
CREATE TRIGGER note_update AFTER UPDATE ON replica.organization_home
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_homes();
CREATE TRIGGER note_delete AFTER DELETE ON replica.organization_home
  REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_homes();

-- What control has replicas of. Not the application's to append: these rows are changed through the region's API.
SELECT outbox.declare_kind('organization', 'uuid', 'main', false);
SELECT outbox.declare_kind('member', 'uuid', 'main', false);
SELECT outbox.declare_kind('invitation', 'uuid', 'main', false);
SELECT outbox.declare_kind('team', 'uuid', 'main', false);
SELECT outbox.declare_kind('project', 'uuid', 'main', false);
SELECT outbox.declare_kind('project_key', 'uuid', 'main', false);

SELECT outbox.capture('region.organization', 'organization');
SELECT outbox.capture('region.member', 'member');
SELECT outbox.capture('region.invitation', 'invitation');
SELECT outbox.capture('region.team', 'team');
SELECT outbox.capture('region.project', 'project');
SELECT outbox.capture('region.project_key', 'project_key');
