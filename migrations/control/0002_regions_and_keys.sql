-- Residency zones and public subdomains. Data, not code.
CREATE TABLE control.locality (
  name text PRIMARY KEY CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  created timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The registry. Rows are never deleted, so that no number or name is given twice. Travels to the region itself as `region`.
CREATE SEQUENCE control.region_number_seq AS smallint MINVALUE 1 MAXVALUE 4095 NO CYCLE;
CREATE TABLE control.region (
  id uuid PRIMARY KEY,
  number smallint NOT NULL DEFAULT nextval('control.region_number_seq') CHECK (number BETWEEN 1 AND 4095),
  name text NOT NULL CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$' AND name <> 'control'),
  locality text NOT NULL REFERENCES control.locality (name),
  category text NOT NULL CHECK (category IN ('multi_tenant', 'single_tenant', 'customer_hosted')),
  residency_tier text NOT NULL CHECK (residency_tier IN ('full', 'name', 'minimal')),
  -- Where its users reach it, as an operator entered it: never from the region's own word.
  url text NOT NULL CHECK (url ~ '^https?://' AND octet_length(url) <= 2048),
  requires_approval boolean NOT NULL,
  -- created: no agent yet. pending: an agent joined and waits for an operator. active. revoked: for good, unless joined anew.
  state text NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'pending', 'active', 'revoked')),
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Serves: operator routes and organization creation by region name.
  CONSTRAINT region_name_key UNIQUE (name),
  -- Serves: sync requests, whose parties are numbers.
  CONSTRAINT region_number_key UNIQUE (number)
);

-- One-time permission to join as one region, hashed.
CREATE TABLE control.join_token (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  region_id uuid NOT NULL REFERENCES control.region (id),
  created_by uuid NOT NULL REFERENCES control.operator (id),
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires timestamptz NOT NULL,
  -- The key that used it. The same key gets the same answer for ten minutes; any other is refused and alarmed.
  used_at timestamptz,
  used_by text,
  CHECK ((used_at IS NULL) = (used_by IS NULL))
);
-- Serves: making the older tokens of a region void when a new one is made or the region is revoked.
CREATE INDEX join_token_region ON control.join_token (region_id) WHERE used_at IS NULL;

-- The Ed25519 keys of agents: one signs requests, one seals batches. A thumbprint is one key of one region for ever, revoked or not.
CREATE TABLE control.region_key (
  thumbprint text PRIMARY KEY CHECK (thumbprint ~ '^[A-Za-z0-9_-]{43}$'),
  region_id uuid NOT NULL REFERENCES control.region (id),
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  purpose text NOT NULL CHECK (purpose IN ('agent', 'stream')),
  -- An agent's key and its stream key enrol, are approved and are revoked together.
  agent text NOT NULL,
  -- pending: waits for approval. A pending or revoked key opens nothing.
  state text NOT NULL CHECK (state IN ('pending', 'active', 'revoked')),
  enrolled timestamptz NOT NULL DEFAULT clock_timestamp(),
  decided timestamptz
);
-- Serves: approval, revocation and the status view, by region.
CREATE INDEX region_key_region ON control.region_key (region_id);

-- The highest counter that a request of a key carried on each path. One that falls reveals a copy of the key.
CREATE TABLE control.key_counter (
  thumbprint text NOT NULL REFERENCES control.region_key (thumbprint),
  path text NOT NULL CHECK (path IN ('hello', 'pull', 'push')),
  counter bigint NOT NULL CHECK (counter >= 0),
  PRIMARY KEY (thumbprint, path)
) WITH (fillfactor = 50);

-- The one fenced session of each region's agent: a later hello ends it.
CREATE TABLE control.agent_session (
  region_number smallint PRIMARY KEY REFERENCES control.region (number),
  session text NOT NULL,
  instance text NOT NULL,
  thumbprint text NOT NULL,
  software text NOT NULL,
  -- Whether both sides agreed on compressed answers.
  zlib boolean NOT NULL,
  opened timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- The sealed envelope of the last batch applied from each region's log: proves our cursor to a region whose database was restored.
CREATE TABLE control.batch_proof (
  region_number smallint NOT NULL REFERENCES control.region (number),
  lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
  envelope text NOT NULL CHECK (octet_length(envelope) <= 4096),
  PRIMARY KEY (region_number, lane)
) WITH (fillfactor = 50);

-- Control's own Ed25519 keys by purpose. The private half is sealed under a key that is not in this database.
CREATE TABLE control.signing_key (
  thumbprint text PRIMARY KEY CHECK (thumbprint ~ '^[A-Za-z0-9_-]{43}$'),
  purpose text NOT NULL CHECK (purpose IN ('control', 'stream')),
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  sealed_private_key bytea NOT NULL,
  -- next: announced in the manifest, signs nothing yet.
  state text NOT NULL CHECK (state IN ('next', 'active', 'retired')),
  created timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Serves: "the active key of a purpose"; at most one.
CREATE UNIQUE INDEX signing_key_active ON control.signing_key (purpose) WHERE state = 'active';

-- Every manifest ever published, as signed by a root that is not here.
CREATE TABLE control.manifest (
  version bigint PRIMARY KEY CHECK (version > 0),
  document bytea NOT NULL,
  root_fingerprint text NOT NULL,
  published timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Public keys that verify access tokens. Travels as `token_key` to every region.
CREATE TABLE control.token_key (
  kid text PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{43}$'),
  x text NOT NULL CHECK (octet_length(x) = 43),
  y text NOT NULL CHECK (octet_length(y) = 43),
  -- next: announced, signs only once every region has it. retiring: verifies until the last token has expired.
  state text NOT NULL CHECK (state IN ('next', 'active', 'retiring'))
);
-- Serves: "the key that signs now"; at most one, and at most one that waits.
CREATE UNIQUE INDEX token_key_active ON control.token_key (state) WHERE state IN ('active', 'next');

-- What belongs to a token key and does not travel.
CREATE TABLE control.token_key_secret (
  kid text PRIMARY KEY REFERENCES control.token_key (kid) ON DELETE CASCADE,
  sealed_private_key bytea NOT NULL,
  announced timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The transaction that announced it: a region whose applied snapshot sees it has the key.
  announced_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
  retired timestamptz
);
