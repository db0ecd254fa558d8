-- Roles of control's database. Cluster-wide and without login: installations grant them to login roles of their own.
-- The owner is whoever migrates.
DO $$
BEGIN
  CREATE ROLE atoll_control_service NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;
DO $$
BEGIN
  CREATE ROLE atoll_control_application NOLOGIN;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END
$$;

-- People, operators, regions and keys.
CREATE SCHEMA IF NOT EXISTS control; -- the migrator made it
REVOKE ALL ON SCHEMA control FROM PUBLIC;

-- One row per person. Travels as `user`.
CREATE TABLE control."user" (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  email text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254),
  -- The address in NFC and lower case: what is unique and compared.
  email_key text NOT NULL CHECK (octet_length(email_key) BETWEEN 3 AND 254),
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Serves: sign-up (one winner of two) and login by address.
  CONSTRAINT user_email_key UNIQUE (email_key)
);

-- A table of its own, because it travels in the priority lane. No row means refused.
CREATE TABLE control.user_status (
  id uuid PRIMARY KEY REFERENCES control."user" (id),
  status text NOT NULL CHECK (status IN ('active', 'suspended', 'deleted')),
  -- Rises when every older credential of the person must end.
  epoch bigint NOT NULL CHECK (epoch >= 0)
);

-- Argon2id in PHC form. Never travels.
CREATE TABLE control.password (
  user_id uuid PRIMARY KEY REFERENCES control."user" (id),
  phc text NOT NULL CHECK (phc ~ '^\$argon2id\$v=19\$'),
  changed timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE TABLE control.session (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES control."user" (id),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  -- The user's epoch at login. A session below the user's epoch is over.
  epoch bigint NOT NULL,
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires timestamptz NOT NULL,
  ended timestamptz,
  -- Serves: every request with a session token.
  CONSTRAINT session_digest UNIQUE (digest)
);
-- Serves: ending all sessions of a person.
CREATE INDEX session_live ON control.session (user_id) WHERE ended IS NULL;
-- Serves: the pruner of expired sessions.
CREATE INDEX session_expires ON control.session (expires);

CREATE TABLE control.operator (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  role text NOT NULL CHECK (role IN ('owner', 'operator', 'auditor')),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  revoked timestamptz,
  CONSTRAINT operator_name UNIQUE (name),
  -- Serves: every request with an operator token.
  CONSTRAINT operator_digest UNIQUE (digest)
);

-- What was done to everyone's state and by whom. Only ever appended. Holds ids and names of places, no secrets.
CREATE TABLE control.audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor_kind text NOT NULL CHECK (actor_kind IN ('operator', 'user', 'region', 'system')),
  actor text NOT NULL,
  action text NOT NULL CHECK (action ~ '^[a-z][a-z_.]{0,62}$'),
  subject text NOT NULL,
  alarm boolean NOT NULL DEFAULT false
);
-- Serves: the alarms of the status view.
CREATE INDEX audit_alarm ON control.audit (at) WHERE alarm;
