-- Accounts: verified addresses, resets, throttling, second factors, sessions with what login knew, and mail on its way out.

-- What a person sees of a session, and what the OpenID provider says of it.
ALTER TABLE control.session
  -- When the person proved who they are; `auth_time` of OpenID.
  ADD COLUMN authenticated timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- How, in the words of RFC 8176; `amr` of OpenID.
  ADD COLUMN methods text[] NOT NULL DEFAULT '{pwd}' CHECK (cardinality(methods) BETWEEN 1 AND 8),
  ADD COLUMN user_agent text NOT NULL DEFAULT '' CHECK (octet_length(user_agent) <= 400),
  ADD COLUMN client text NOT NULL DEFAULT '' CHECK (octet_length(client) <= 64),
  -- Moves on at most once a minute.
  ADD COLUMN seen timestamptz NOT NULL DEFAULT clock_timestamp();

-- Argon2id in PHC form is what is written. What an import brought in another form verifies and is replaced at the person's next login.
ALTER TABLE control.password DROP CONSTRAINT password_phc_check;
ALTER TABLE control.password ADD CONSTRAINT password_phc_check CHECK (
  octet_length(phc) <= 512
  AND phc ~ '^(argon2)?\$argon2(id|i|d)\$|^pbkdf2_sha(1|256)\$|^\$pbkdf2(-sha256)?\$|^(bcrypt(_sha256)?\$)?\$2[aby]\$|^\$?scrypt\$');

-- Who asked for an account and has not shown yet that the address is theirs. Blocks nobody: an address may stand here often, and a row of an
-- address that has an account is never redeemed.
CREATE TABLE control.sign_up (
  id uuid PRIMARY KEY,
  name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  email text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254),
  email_key text NOT NULL CHECK (octet_length(email_key) BETWEEN 3 AND 254),
  phc text NOT NULL CHECK (phc ~ '^\$argon2id\$v=19\$'),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  -- Serves: the link in the mail.
  CONSTRAINT sign_up_digest UNIQUE (digest)
);
-- Serves: what verifying an address ends.
CREATE INDEX sign_up_email ON control.sign_up (email_key);
-- Serves: the pruner.
CREATE INDEX sign_up_expires ON control.sign_up (expires);

-- Mail on its way out. The letter is sealed as it holds a person's address and a token. A row goes when the mail was handed over or its time is over.
CREATE TABLE control.mail (
  id uuid PRIMARY KEY,
  sealed bytea NOT NULL CHECK (octet_length(sealed) <= 65536),
  created timestamptz NOT NULL,
  expires timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  -- A sender that takes a letter moves this on: if it dies, another tries then.
  next_attempt timestamptz NOT NULL
);
-- Serves: what is due.
CREATE INDEX mail_due ON control.mail (next_attempt);

-- A way to set a new password, sent by mail. One use.
CREATE TABLE control.password_reset (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  user_id uuid NOT NULL REFERENCES control."user" (id),
  -- The person's epoch when it was asked for: a password changed meanwhile ends it.
  epoch bigint NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX password_reset_user ON control.password_reset (user_id);
CREATE INDEX password_reset_expires ON control.password_reset (expires);

-- Another address that a person says is theirs, until they show it. One use.
CREATE TABLE control.email_change (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  user_id uuid NOT NULL REFERENCES control."user" (id),
  epoch bigint NOT NULL,
  email text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254),
  email_key text NOT NULL CHECK (octet_length(email_key) BETWEEN 3 AND 254),
  expires timestamptz NOT NULL
);
CREATE INDEX email_change_user ON control.email_change (user_id);
CREATE INDEX email_change_expires ON control.email_change (expires);

-- A login whose password was right and whose second factor is awaited.
CREATE TABLE control.half_login (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  user_id uuid NOT NULL REFERENCES control."user" (id),
  epoch bigint NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX half_login_user ON control.half_login (user_id);
CREATE INDEX half_login_expires ON control.half_login (expires);

-- Browsers and programs in which a person has logged in: others' failures do not slow them.
CREATE TABLE control.device (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  user_id uuid NOT NULL REFERENCES control."user" (id),
  created timestamptz NOT NULL,
  seen timestamptz NOT NULL
);
-- Serves: the oldest of a person's devices.
CREATE INDEX device_user ON control.device (user_id, seen);
CREATE INDEX device_seen ON control.device (seen);

-- Failures that slow the next try, by what they are counted for. Keys are digests: no address stands here.
CREATE TABLE control.throttle (
  scope text NOT NULL CHECK (scope ~ '^[a-z_]{1,20}$'),
  key bytea NOT NULL CHECK (octet_length(key) = 32),
  failures integer NOT NULL CHECK (failures >= 0),
  last timestamptz NOT NULL,
  until timestamptz NOT NULL,
  PRIMARY KEY (scope, key)
) WITH (fillfactor = 70);
-- Serves: the pruner.
CREATE INDEX throttle_last ON control.throttle (last);

-- A person's time-based one-time passwords (RFC 6238). Not in force before it was confirmed by a code.
CREATE TABLE control.totp (
  user_id uuid PRIMARY KEY REFERENCES control."user" (id),
  sealed_seed bytea NOT NULL,
  created timestamptz NOT NULL,
  confirmed timestamptz,
  -- The newest step whose code was used: it and all before are refused.
  last_step bigint NOT NULL DEFAULT 0
);

CREATE TABLE control.recovery_code (
  user_id uuid NOT NULL REFERENCES control."user" (id),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  PRIMARY KEY (user_id, digest)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
  control.mail, control.throttle, control.totp, control.device, control.sign_up, control.password_reset, control.email_change,
  control.half_login
TO atoll_control_service;
GRANT SELECT, INSERT, DELETE ON control.recovery_code TO atoll_control_service;
