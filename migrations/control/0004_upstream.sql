-- What regions say about their own organizations: written by apply only, after authorization. Columns that begin with an underscore are
-- the version of what is there; `_region` is whose word it is. No unique or foreign keys besides the key.

CREATE TABLE directory.organization (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'deleted')),
  generation bigint NOT NULL,
  _region smallint NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

-- The key is the id of the grant on which the membership rests.
CREATE TABLE directory.member (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  _region smallint NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

CREATE TABLE directory.invitation (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  email text NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  token_digest text NOT NULL CHECK (token_digest ~ '^[0-9a-f]{64}$'),
  expires_at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'accepted', 'revoked')),
  _region smallint NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);
-- Serves: acceptance by token. Not unique: a hostile region can repeat another's digest; the row is then ambiguous and refused.
CREATE INDEX invitation_digest ON directory.invitation (token_digest);

CREATE TABLE directory.team (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  _region smallint NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

CREATE TABLE directory.project (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  slug text NOT NULL,
  name text NOT NULL,
  _region smallint NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

CREATE TABLE directory.project_key (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  project_id uuid NOT NULL,
  public_key text NOT NULL CHECK (public_key ~ '^[0-9a-f]{32}$'),
  status text NOT NULL CHECK (status IN ('active', 'disabled')),
  _region smallint NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

-- A public key has one owner over all regions: the first confirmed claim. Outlives the row until its owner releases it.
CREATE TABLE directory.project_key_owner (
  public_key text PRIMARY KEY CHECK (public_key ~ '^[0-9a-f]{32}$'),
  organization_id uuid NOT NULL,
  key_id uuid NOT NULL,
  claimed timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Serves: release by key.
  CONSTRAINT project_key_owner_key UNIQUE (key_id)
);

SELECT outbox.declare_replica('directory.organization', 'organization');
SELECT outbox.declare_replica('directory.member', 'member');
SELECT outbox.declare_replica('directory.invitation', 'invitation');
SELECT outbox.declare_replica('directory.team', 'team');
SELECT outbox.declare_replica('directory.project', 'project');
SELECT outbox.declare_replica('directory.project_key', 'project_key');
