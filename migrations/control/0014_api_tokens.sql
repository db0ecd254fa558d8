-- Sessions that opened one in a region, and API tokens, each bound to one organization. Both travel in the priority lane.

-- A session at control that a region opened its own on. Travels as `control_session`: a region's session lives only while this row is there
-- and live.
CREATE TABLE control.control_session (
  -- Of control.session, which may be forgotten before this row.
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES control."user" (id),
  -- lapsed: the removes are on their way; the row goes once every region has them.
  state text NOT NULL CHECK (state IN ('live', 'ended', 'lapsed')),
  -- Seconds since 1970.
  expires bigint NOT NULL
);
-- Serves: the closure of a person.
CREATE INDEX control_session_user ON control.control_session (user_id);
-- Serves: the pruner of lapsed sessions.
CREATE INDEX control_session_expires ON control.control_session (expires) WHERE state <> 'lapsed';

-- In which regions. A region that is not here never hears of the session.
CREATE TABLE control.session_region (
  session_id uuid NOT NULL REFERENCES control.control_session (id) ON DELETE CASCADE,
  region smallint NOT NULL CHECK (region BETWEEN 1 AND 4095),
  -- The transaction that let it lapse: a region whose applied snapshot sees it has the remove.
  left_by xid8,
  PRIMARY KEY (session_id, region)
);
-- Serves: the exits of a region that may be finished.
CREATE INDEX session_region_leaving ON control.session_region (region) WHERE left_by IS NOT NULL;

-- Ends what regions opened on a session, in the transaction that ends it, whoever does.
CREATE FUNCTION control.end_region_sessions() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE control.control_session c SET state = 'ended' WHERE c.id = OLD.id AND c.state = 'live';
  RETURN NULL;
END
$$;
CREATE TRIGGER end_region_sessions AFTER UPDATE OF ended ON control.session
  FOR EACH ROW WHEN (OLD.ended IS NULL AND NEW.ended IS NOT NULL) EXECUTE FUNCTION control.end_region_sessions();
CREATE TRIGGER forget_region_sessions AFTER DELETE ON control.session
  FOR EACH ROW EXECUTE FUNCTION control.end_region_sessions();

-- A credential for programs. Acts for the person who made it, in one organization, within its scopes. Travels as `api_token`, to the
-- organization's home only.
CREATE TABLE control.api_token (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES directory.organization_home (id),
  user_id uuid NOT NULL REFERENCES control."user" (id),
  name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  -- SHA-256 of the whole token text. The token is shown once and stored nowhere.
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  -- Names, separated by one space.
  scopes text NOT NULL CHECK (octet_length(scopes) BETWEEN 1 AND 2000),
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Seconds since 1970.
  expires bigint NOT NULL,
  -- lapsed: as of control_session.
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'revoked', 'lapsed')),
  ended timestamptz,
  left_by xid8,
  CHECK ((state = 'lapsed') = (left_by IS NOT NULL)),
  CONSTRAINT api_token_digest UNIQUE (digest)
);
-- Serves: the closure and the list of an organization.
CREATE INDEX api_token_organization ON control.api_token (organization_id);
-- Serves: the pruner; the exits that may be finished.
CREATE INDEX api_token_expires ON control.api_token (expires) WHERE state <> 'lapsed';
CREATE INDEX api_token_lapsed ON control.api_token (organization_id) WHERE state = 'lapsed';

-- A token acts for its person in its organization: it ends with the grant.
CREATE FUNCTION control.end_api_tokens() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  UPDATE control.api_token t SET state = 'revoked', ended = clock_timestamp()
  WHERE t.organization_id = NEW.organization_id AND t.user_id = NEW.user_id AND t.state = 'active';
  RETURN NULL;
END
$$;
CREATE TRIGGER end_api_tokens AFTER UPDATE OF state ON directory."grant"
  FOR EACH ROW WHEN (OLD.state = 'live' AND NEW.state = 'ended') EXECUTE FUNCTION control.end_api_tokens();

SELECT outbox.declare_kind('control_session', 'uuid', 'priority', false);
SELECT outbox.declare_kind('api_token', 'uuid', 'priority', false);
SELECT outbox.capture('control.control_session', 'control_session');
SELECT outbox.capture('control.api_token', 'api_token');

GRANT SELECT, INSERT, UPDATE, DELETE ON control.control_session, control.session_region, control.api_token
  TO atoll_control_service;
REVOKE ALL ON FUNCTION control.end_region_sessions(), control.end_api_tokens() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION control.end_region_sessions(), control.end_api_tokens() TO atoll_control_service;
