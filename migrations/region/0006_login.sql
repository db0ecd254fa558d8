-- Login in the region: browser sessions, API tokens, staleness, and what tells the processes of the region that a decision has changed.

-- Sessions at control on which this region opened its own. No row, or one that is not live, means refused.
CREATE TABLE replica.control_session (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL,
  state text NOT NULL,
  expires bigint NOT NULL,          -- seconds since 1970
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);

-- Live API tokens of organizations whose home is here. Only digests.
CREATE TABLE replica.api_token (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL,
  user_id uuid NOT NULL,
  digest text NOT NULL,             -- lower-case hexadecimal of SHA-256
  scopes text NOT NULL,             -- names, separated by one space
  expires bigint NOT NULL,          -- seconds since 1970
  _generation bigint NOT NULL,
  _epoch integer NOT NULL,
  _head bigint NOT NULL
);
-- Serves: every request with an API token. Not unique: a replica takes what its source had, in whatever order.
CREATE INDEX api_token_digest ON replica.api_token (digest);

SELECT outbox.declare_replica('replica.control_session', 'control_session');
SELECT outbox.declare_replica('replica.api_token', 'api_token');

-- Browser sessions: the region's own, each on one of control's. The cookie's value is stored nowhere.
CREATE TABLE region.browser_session (
  id uuid PRIMARY KEY,
  -- SHA-256 of the cookie's value.
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  user_id uuid NOT NULL,
  control_session uuid NOT NULL,
  -- The user's epoch at login. A session below the user's epoch is over.
  epoch bigint NOT NULL,
  -- How and when the person proved who they are, as control said.
  methods text NOT NULL,
  authenticated timestamptz NOT NULL,
  created timestamptz NOT NULL,
  -- Of the last request, to the minute: the idle limit counts from here.
  seen timestamptz NOT NULL,
  -- The absolute limit.
  expires timestamptz NOT NULL,
  -- Serves: every request with a cookie.
  CONSTRAINT browser_session_digest UNIQUE (digest)
);
-- Serves: ending what was opened on a session of control.
CREATE INDEX browser_session_control ON region.browser_session (control_session);
-- Serves: the pruner.
CREATE INDEX browser_session_expires ON region.browser_session (expires);
CREATE INDEX browser_session_seen ON region.browser_session (seen);

-- Serves: what a person may enter here.
CREATE INDEX member_user ON region.member (user_id);

-- Public keys that verify what this region's processes say to the application. The private halves never leave their process.
CREATE TABLE region.identity_key (
  kid text PRIMARY KEY,
  x text NOT NULL CHECK (octet_length(x) = 43),
  y text NOT NULL CHECK (octet_length(y) = 43),
  expires timestamptz NOT NULL
);

-- What an organization refuses when this region's knowledge of control's rows is old. No row: the limits of the service's default.
CREATE TABLE region.staleness_policy (
  organization_id uuid PRIMARY KEY REFERENCES region.organization (id) ON DELETE CASCADE,
  -- Seconds from which knowledge counts as degraded and as closed. NULL: never.
  degraded_seconds bigint CHECK (degraded_seconds BETWEEN 5 AND 31536000),
  closed_seconds bigint CHECK (closed_seconds BETWEEN 10 AND 31536000),
  -- What is refused while degraded.
  refused text[] NOT NULL CHECK (refused <@ ARRAY['administration', 'changes', 'api_tokens']),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (degraded_seconds <= closed_seconds)
);

-- When an API token was used last, to five minutes.
CREATE TABLE region.api_token_use (
  token_id uuid PRIMARY KEY,
  used timestamptz NOT NULL
);

-- Tells every process that listens which decisions may have changed: `u` a person, `c` a session at control, `s` a session here, `t` an API
-- token, `o` an organization, each with the id; `k` the keys of access tokens; `*` everything. Sent by the commit, in its order. The first argument
-- is the letter, the second the column that holds the id. Inserts tell nobody: what is not there is never remembered.
CREATE FUNCTION region.tell_changes() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_ids text[];
BEGIN
  IF TG_ARGV[0] = 'k' THEN
    PERFORM pg_notify('atoll_knowledge', 'k');
    RETURN NULL;
  END IF;
  EXECUTE format('SELECT array_agg(c.id) FROM (SELECT DISTINCT %I::text AS id FROM changed LIMIT 101) AS c', TG_ARGV[1])
    INTO v_ids;
  IF cardinality(v_ids) > 100 THEN
    PERFORM pg_notify('atoll_knowledge', '*');
  ELSE
    PERFORM pg_notify('atoll_knowledge', TG_ARGV[0] || k.id) FROM unnest(v_ids) AS k (id);
  END IF;
  RETURN NULL;
END
$$;
DO $$
DECLARE
  v_table record;
BEGIN
  FOR v_table IN SELECT * FROM (VALUES
    ('replica.user_status', 'u', 'id'), ('replica.control_session', 'c', 'id'), ('replica.api_token', 't', 'id'),
    ('replica.organization_home', 'o', 'id'), ('region.organization', 'o', 'id'), ('region.member', 'u', 'user_id'),
    ('region.browser_session', 's', 'id'), ('region.staleness_policy', 'o', 'organization_id')
  ) AS t (name, letter, id)
  LOOP
    EXECUTE format('CREATE TRIGGER tell_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
      EXECUTE FUNCTION region.tell_changes(%L, %L)', v_table.name, v_table.letter, v_table.id);
    EXECUTE format('CREATE TRIGGER tell_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
      EXECUTE FUNCTION region.tell_changes(%L, %L)', v_table.name, v_table.letter, v_table.id);
  END LOOP;
END
$$;
CREATE TRIGGER tell_delete AFTER DELETE ON replica."user" REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION region.tell_changes('u', 'id');
-- The default is remembered where an organization has no row of its own.
CREATE TRIGGER tell_insert AFTER INSERT ON region.staleness_policy REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
  EXECUTE FUNCTION region.tell_changes('o', 'organization_id');
CREATE TRIGGER tell_change AFTER INSERT OR UPDATE OR DELETE ON replica.token_key FOR EACH STATEMENT
  EXECUTE FUNCTION region.tell_changes('k', '');

-- How old the knowledge of control's rows is, in seconds; NULL: nothing was ever complete, or a clock is wrong.
-- Only the priority lane counts.
CREATE FUNCTION region.knowledge_age() RETURNS double precision
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN a.age >= -120 THEN greatest(0, a.age) END
  FROM outbox.cursor AS c, LATERAL (
    SELECT (extract(epoch FROM clock_timestamp()) - c.complete_as_of / 1e6)::float8) AS a (age)
  WHERE c.stream = 0 AND c.lane = 'priority' AND c.complete_as_of > 0
$$;

-- What /auth/verify answers, in SQL: 200, 401 (no valid credential), 403 (not this organization, or suspended) or 503 (rows have not arrived, or
-- knowledge is too old for the organization's policy). Changes nothing: neither idle time nor last use.
CREATE TYPE atoll.verdict AS (
  status integer, user_id uuid, organization_id uuid, role text, scopes text[], expires timestamptz, freshness text
);
CREATE FUNCTION region.verdict(
  p_organization uuid, p_user uuid, p_epoch bigint, p_expires timestamptz, p_scopes text[]
) RETURNS atoll.verdict
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v atoll.verdict;
  v_status text;
  v_epoch bigint;
  v_degraded bigint := 3600;
  v_closed bigint := 604800;
  v_refused text[] := ARRAY['administration'];
  v_age double precision := region.knowledge_age();
  v_policy record;
BEGIN
  SELECT s.status, s.epoch INTO v_status, v_epoch FROM replica.user_status AS s JOIN replica."user" AS u ON u.id = s.id
  WHERE s.id = p_user;
  SELECT m.role INTO v.role FROM region.member AS m JOIN region.organization AS o ON o.id = m.organization_id
  JOIN replica.organization_home AS h ON h.id = o.id
  WHERE m.organization_id = p_organization AND m.user_id = p_user AND o.status = 'active';
  SELECT p.degraded_seconds, p.closed_seconds, p.refused INTO v_policy FROM region.staleness_policy AS p
  WHERE p.organization_id = p_organization;
  IF FOUND THEN
    v_degraded := v_policy.degraded_seconds;
    v_closed := v_policy.closed_seconds;
    v_refused := v_policy.refused;
  END IF;
  v.freshness := CASE
    WHEN coalesce(v_age >= v_closed, v_age IS NULL AND v_closed IS NOT NULL) THEN 'closed'
    WHEN coalesce(v_age >= v_degraded, v_age IS NULL AND v_degraded IS NOT NULL) THEN 'degraded' ELSE 'fresh' END;
  v.status := CASE
    WHEN v_status IS NULL THEN 503
    WHEN v_status = 'deleted' OR p_epoch < v_epoch THEN 401
    WHEN v_status <> 'active' OR v.role IS NULL THEN 403
    WHEN v.freshness = 'closed' THEN 503
    WHEN v.freshness = 'degraded' AND p_scopes IS NOT NULL AND 'api_tokens' = ANY (v_refused) THEN 503
    ELSE 200 END;
  IF v.status <> 200 THEN
    RETURN (v.status, NULL, NULL, NULL, NULL, NULL, v.freshness)::atoll.verdict;
  END IF;
  v.user_id := p_user;
  v.organization_id := p_organization;
  v.scopes := p_scopes;
  v.expires := p_expires;
  RETURN v;
END
$$;

-- The session of a cookie's digest (SHA-256 of its value) in an organization. Idle for `region.browser_session`'s limit ends it.
CREATE FUNCTION atoll.session(digest bytea, organization uuid) RETURNS atoll.verdict
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_session record;
BEGIN
  SELECT b.user_id, b.epoch, least(b.expires, to_timestamp(c.expires), b.seen + interval '7 days') AS expires INTO v_session
  FROM region.browser_session AS b
  JOIN replica.control_session AS c ON c.id = b.control_session AND c.user_id = b.user_id AND c.state = 'live'
  WHERE b.digest = session.digest;
  IF NOT FOUND OR v_session.expires <= clock_timestamp() THEN
    RETURN (401, NULL, NULL, NULL, NULL, NULL, NULL)::atoll.verdict;
  END IF;
  RETURN region.verdict(organization, v_session.user_id, v_session.epoch, v_session.expires, NULL);
END
$$;

-- The API token of a digest (SHA-256 of the whole token) in an organization.
CREATE FUNCTION atoll.api_token(digest bytea, organization uuid) RETURNS atoll.verdict
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_token record;
BEGIN
  SELECT t.organization_id, t.user_id, to_timestamp(t.expires) AS expires, string_to_array(t.scopes, ' ') AS scopes
  INTO v_token FROM replica.api_token AS t WHERE t.digest = encode(api_token.digest, 'hex')
  ORDER BY t._epoch DESC, t._head DESC LIMIT 1;
  IF NOT FOUND OR v_token.expires <= clock_timestamp() THEN
    RETURN (401, NULL, NULL, NULL, NULL, NULL, NULL)::atoll.verdict;
  END IF;
  -- Of another organization: a member of none.
  RETURN region.verdict(CASE WHEN v_token.organization_id = organization THEN organization END, v_token.user_id, NULL,
    v_token.expires, v_token.scopes);
END
$$;

GRANT SELECT, INSERT, UPDATE, DELETE ON replica.control_session, replica.api_token, region.browser_session, region.identity_key,
  region.staleness_policy, region.api_token_use TO atoll_region_service;
REVOKE ALL ON FUNCTION region.tell_changes(), region.knowledge_age(), region.verdict(uuid, uuid, bigint, timestamptz, text[]),
  atoll.session(bytea, uuid), atoll.api_token(bytea, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION region.tell_changes(), region.knowledge_age() TO atoll_region_service;
GRANT EXECUTE ON FUNCTION atoll.session(bytea, uuid), atoll.api_token(bytea, uuid)
  TO atoll_region_service, atoll_region_application;
REVOKE ALL ON TYPE atoll.verdict FROM PUBLIC;
GRANT USAGE ON TYPE atoll.verdict TO atoll_region_service, atoll_region_application;
