-- Roles of a region's database. Cluster-wide and without login: installations grant them to login roles of their own.
-- The owner is whoever migrates.
DO $$
BEGIN
  CREATE ROLE atoll_region_service NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
  CREATE ROLE atoll_region_application NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- What control sent: written by apply only. Columns that begin with an underscore are the version of what is there (home
-- generation, epoch ordinal, log head of the source). No unique or foreign keys besides the key: a replica takes what its source
-- had at one moment, in whatever order.
CREATE SCHEMA replica;

CREATE TABLE replica."user" (
  id uuid PRIMARY KEY,
  name text,                        -- NULL: withheld by the region's residency tier
  email text,                       -- NULL: withheld by the region's residency tier
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

-- A table of its own, because only the priority lane writes it, whether or not the user row has arrived.
CREATE TABLE replica.user_status (
  id uuid PRIMARY KEY,
  status text NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
  epoch bigint NOT NULL CHECK (epoch >= 0),
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

-- Public keys that verify access tokens. A revoked key is removed.
CREATE TABLE replica.token_key (
  kid text PRIMARY KEY,
  x text NOT NULL CHECK (octet_length(x) = 43),   -- base64url of 32 bytes
  y text NOT NULL CHECK (octet_length(y) = 43),
  state text NOT NULL CHECK (state IN ('next', 'active', 'retiring')),
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

CREATE TABLE replica.organization_home (
  id uuid PRIMARY KEY,
  slug text NOT NULL,
  name text NOT NULL,
  generation bigint NOT NULL CHECK (generation > 0),
  state text NOT NULL CHECK (state IN ('provisioning', 'active', 'deleting')),
  creator_grant_id uuid NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);
-- Serves: organization by slug, on every request. Not unique: between two batches two rows may carry one slug.
CREATE INDEX organization_home_slug ON replica.organization_home (slug);

CREATE TABLE replica."grant" (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  source text NOT NULL,
  invitation_id uuid,
  state text NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);
-- Serves: the provisioner's question which grants of an organization wait for its home.
CREATE INDEX grant_organization ON replica."grant" (organization_id);

CREATE TABLE replica.region (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  url text NOT NULL,
  category text NOT NULL,
  locality text NOT NULL,
  residency_tier text NOT NULL,
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

-- Apply writes these; a capture trigger on one of them is refused, so nothing echoes.
SELECT outbox.declare_replica('replica."user"', 'user');
SELECT outbox.declare_replica('replica.user_status', 'user_status');
SELECT outbox.declare_replica('replica.token_key', 'token_key');
SELECT outbox.declare_replica('replica.organization_home', 'organization_home');
SELECT outbox.declare_replica('replica."grant"', 'grant');
SELECT outbox.declare_replica('replica.region', 'region');
