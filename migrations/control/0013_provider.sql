-- The OpenID provider: clients, codes, refresh tokens, ID-token keys.

-- Third-party clients, registered by operators. Regions are clients too, from control.region; an underscore keeps the names apart.
CREATE TABLE control.client (
  id text PRIMARY KEY CHECK (id ~ '^client_[a-z2-7]{26}$'),
  name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  authentication text NOT NULL
    CHECK (authentication IN ('none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt')),
  -- Compared byte by byte.
  redirect_uris text[] NOT NULL CHECK (cardinality(redirect_uris) BETWEEN 1 AND 20),
  logout_uris text[] NOT NULL CHECK (cardinality(logout_uris) <= 20),
  -- Who may ask the token endpoint from a script in a browser (CORS).
  origins text[] NOT NULL CHECK (cardinality(origins) <= 20),
  scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 16),
  -- A JWK set for private_key_jwt: public keys only, re-serialized.
  keys text CHECK (octet_length(keys) <= 16384),
  -- An application of the operator's own: nobody is asked for consent.
  trusted boolean NOT NULL,
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by uuid NOT NULL REFERENCES control.operator (id),
  revoked timestamptz,
  CHECK ((authentication = 'private_key_jwt') = (keys IS NOT NULL))
);
-- Serves: CORS, "is this origin some client's".
CREATE INDEX client_origins ON control.client USING gin (origins) WHERE revoked IS NULL;

-- Digests only. Two during a rotation.
CREATE TABLE control.client_secret (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  client_id text NOT NULL REFERENCES control.client (id) ON DELETE CASCADE,
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- When a rotated one ends.
  expires timestamptz
);
-- Serves: authenticating a client.
CREATE INDEX client_secret_client ON control.client_secret (client_id);

-- What a person let a third party know, so that nobody is asked twice.
CREATE TABLE control.consent (
  user_id uuid NOT NULL REFERENCES control."user" (id) ON DELETE CASCADE,
  client_id text NOT NULL REFERENCES control.client (id) ON DELETE CASCADE,
  scopes text[] NOT NULL,
  granted timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (user_id, client_id)
);
-- Serves: the end of a client.
CREATE INDEX consent_client ON control.consent (client_id);

-- One login of one person at one client, with the one code that began it: the family of everything issued from it.
CREATE TABLE control.authorization (
  id uuid PRIMARY KEY,
  client_id text REFERENCES control.client (id) ON DELETE CASCADE,
  region_number smallint REFERENCES control.region (number),
  user_id uuid NOT NULL REFERENCES control."user" (id) ON DELETE CASCADE,
  -- It ends with the session that it came of.
  session_id uuid NOT NULL REFERENCES control.session (id) ON DELETE CASCADE,
  -- The user's epoch then. Below the user's, nothing more is issued.
  epoch bigint NOT NULL CHECK (epoch >= 0),
  scopes text[] NOT NULL CHECK (cardinality(scopes) BETWEEN 1 AND 16),
  nonce text CHECK (octet_length(nonce) BETWEEN 1 AND 255),
  code_digest bytea NOT NULL CHECK (octet_length(code_digest) = 32),
  redirect_uri text NOT NULL CHECK (octet_length(redirect_uri) <= 2048),
  -- PKCE, S256.
  challenge bytea NOT NULL CHECK (octet_length(challenge) = 32),
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  code_expires timestamptz NOT NULL,
  code_used timestamptz,
  -- When nothing of it can be good any more.
  expires timestamptz NOT NULL,
  revoked timestamptz,
  reason text CHECK (reason IN ('code_reuse', 'refresh_reuse', 'client', 'logout', 'person')),
  CHECK ((client_id IS NULL) <> (region_number IS NULL)),
  CHECK ((revoked IS NULL) = (reason IS NULL)),
  -- Serves: the exchange of a code.
  CONSTRAINT authorization_code UNIQUE (code_digest)
);
-- Serves: what ends with a session, and the deletion of sessions.
CREATE INDEX authorization_session ON control.authorization (session_id);
-- Serves: the deletion of people.
CREATE INDEX authorization_user ON control.authorization (user_id);
-- Serves: the end of a client.
CREATE INDEX authorization_client ON control.authorization (client_id);
-- Serves: the pruner.
CREATE INDEX authorization_expires ON control.authorization (expires);

-- Digests of refresh tokens. Used ones stay as long as the family, so that reuse is recognised.
CREATE TABLE control.refresh_token (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  authorization_id uuid NOT NULL REFERENCES control.authorization (id) ON DELETE CASCADE,
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  used timestamptz,
  -- What it was changed for: the same again within the grace, as long as that is unused.
  successor bytea CHECK (octet_length(successor) = 32),
  CHECK ((used IS NULL) = (successor IS NULL))
);
-- Serves: the deletion of a family, and how long a family is.
CREATE INDEX refresh_token_family ON control.refresh_token (authorization_id);

-- Client assertions that were taken, until they expire: none is taken twice by any replica.
CREATE TABLE control.client_assertion (
  client text NOT NULL CHECK (octet_length(client) <= 64),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  expires timestamptz NOT NULL,
  PRIMARY KEY (client, digest)
);
-- Serves: the pruner.
CREATE INDEX client_assertion_expires ON control.client_assertion (expires);

-- RSA keys of ID tokens for third parties. Published in /oauth/jwks in every state; they do not travel.
CREATE TABLE control.id_token_key (
  kid text PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{43}$'),
  modulus text NOT NULL CHECK (octet_length(modulus) BETWEEN 340 AND 700),
  sealed_private_key bytea NOT NULL,
  -- next: published, signs only when every client's copy of the set is newer. retiring: verifies until its last token has expired.
  state text NOT NULL CHECK (state IN ('next', 'active', 'retiring')),
  announced timestamptz NOT NULL,
  activated timestamptz,
  retired timestamptz,
  CHECK ((state = 'next') = (activated IS NULL)),
  CHECK ((state = 'retiring') = (retired IS NOT NULL))
);
-- At most one that signs, and at most one that waits.
CREATE UNIQUE INDEX id_token_key_state ON control.id_token_key (state) WHERE state IN ('active', 'next');

-- A position that a region can wait for: this transaction's, in the epoch of control's log.
CREATE FUNCTION control.login_position() RETURNS text
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS $$
  SELECT (SELECT max(e.ordinal) FROM outbox.epoch AS e)::text || '.' || pg_current_xact_id()::text
$$;

GRANT SELECT, INSERT, UPDATE ON control.client, control.consent, control.authorization, control.refresh_token,
  control.id_token_key TO atoll_control_service;
GRANT SELECT, INSERT, UPDATE, DELETE ON control.client_secret TO atoll_control_service;
GRANT SELECT, INSERT, DELETE ON control.client_assertion TO atoll_control_service;
GRANT DELETE ON control.consent, control.authorization, control.id_token_key TO atoll_control_service;
REVOKE ALL ON FUNCTION control.login_position() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.login_position() TO atoll_control_service;
