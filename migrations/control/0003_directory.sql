-- Which organization is where, who was granted what, and what each region may hold.
CREATE SCHEMA directory;
REVOKE ALL ON SCHEMA directory FROM PUBLIC;

-- The one home of each organization. Rows stay after the end: ids are never given twice. Travels as `organization_home`.
CREATE TABLE directory.organization_home (
  id uuid PRIMARY KEY,
  slug text NOT NULL CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- The name given at creation. The name in use is the region's.
  name text NOT NULL CHECK (octet_length(name) BETWEEN 1 AND 200),
  region_id uuid NOT NULL REFERENCES control.region (id),
  region_number smallint NOT NULL,
  -- Rises with each relocation, never falls.
  generation bigint NOT NULL DEFAULT 1 CHECK (generation > 0),
  state text NOT NULL CHECK (state IN ('provisioning', 'active', 'deleting')),
  creator_grant_id uuid NOT NULL,
  created timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- Serves: "has this region data?" at a re-join, and the status view.
CREATE INDEX organization_home_region ON directory.organization_home (region_id);

-- Every slug ever given: one owner at every instant. A slug given up rests, then is free.
CREATE TABLE directory.slug (
  slug text PRIMARY KEY CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  organization_id uuid NOT NULL REFERENCES directory.organization_home (id) DEFERRABLE INITIALLY DEFERRED,
  state text NOT NULL CHECK (state IN ('current', 'resting')),
  rests_until timestamptz,
  CHECK ((state = 'resting') = (rests_until IS NOT NULL))
);
-- Serves: the slug in use of an organization; at most one.
CREATE UNIQUE INDEX slug_current ON directory.slug (organization_id) WHERE state = 'current';

-- Control's own record that a person belongs to an organization. The only thing that widens a region's interest. Travels as `grant`.
CREATE TABLE directory."grant" (
  id uuid PRIMARY KEY,
  organization_id uuid NOT NULL REFERENCES directory.organization_home (id) DEFERRABLE INITIALLY DEFERRED,
  user_id uuid NOT NULL REFERENCES control."user" (id),
  role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
  source text NOT NULL CHECK (source IN ('creator', 'invitation')),
  invitation_id uuid,
  state text NOT NULL DEFAULT 'live' CHECK (state IN ('live', 'ended')),
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  ended timestamptz,
  CHECK ((source = 'invitation') = (invitation_id IS NOT NULL)),
  CHECK ((state = 'ended') = (ended IS NOT NULL)),
  -- An invitation is used once.
  CONSTRAINT grant_invitation UNIQUE (invitation_id)
);
-- Serves: "my organizations"; and a person is a member of an organization once.
CREATE UNIQUE INDEX grant_live ON directory."grant" (user_id, organization_id) WHERE state = 'live';
-- Serves: the closure of an organization.
CREATE INDEX grant_organization ON directory."grant" (organization_id) WHERE state = 'live';

-- What a region may hold: the closure of each root. Captured as `interest`, which expands and never travels itself.
CREATE TABLE directory.interest (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  region smallint NOT NULL CHECK (region BETWEEN 1 AND 4095),
  root_kind text NOT NULL CHECK (root_kind IN ('user', 'organization')),
  root_id uuid NOT NULL,
  -- leaving: the removes are on their way; the row stays until the region's cursors passed them.
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'leaving')),
  -- The transaction that set it leaving: a region whose applied snapshot sees it has the removes.
  left_by xid8,
  CHECK ((state = 'leaving') = (left_by IS NOT NULL)),
  -- Serves: entry and exit, which lock this row.
  CONSTRAINT interest_root UNIQUE (region, root_kind, root_id)
);
-- Serves: the receivers of a row at every tick, and whether a receiver is entitled to it.
CREATE INDEX interest_receivers ON directory.interest (root_id, root_kind) INCLUDE (region, state);

-- Serves: the exits of a region that may be finished.
CREATE INDEX interest_leaving ON directory.interest (region) WHERE state = 'leaving';

-- What each region has applied on all lanes, as the snapshot of control's database that it equals.
CREATE TABLE directory.applied (
  region smallint PRIMARY KEY,
  snapshot pg_snapshot NOT NULL,
  noted timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- Things that take longer than a request: looked up by id, resumed by anyone who may.
CREATE TABLE directory.operation (
  id uuid PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('create_organization')),
  user_id uuid NOT NULL REFERENCES control."user" (id),
  idempotency_key text CHECK (octet_length(idempotency_key) BETWEEN 1 AND 255),
  -- SHA-256 over what was asked for: the same key with another request is refused.
  request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32),
  organization_id uuid NOT NULL REFERENCES directory.organization_home (id) DEFERRABLE INITIALLY DEFERRED,
  state text NOT NULL CHECK (state IN ('provisioning', 'done')),
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  resumed integer NOT NULL DEFAULT 0,
  finished timestamptz,
  CHECK ((state = 'done') = (finished IS NOT NULL)),
  -- Serves: the same request sent twice.
  CONSTRAINT operation_idempotency UNIQUE (user_id, idempotency_key)
);
-- Serves: confirmation by the region's row.
CREATE INDEX operation_organization ON directory.operation (organization_id) WHERE state = 'provisioning';

-- Makes a region entitled to a root, under the lock of (region, root). Call it after the grant that justifies it was written.
CREATE FUNCTION directory.enter(p_region smallint, p_root_kind text, p_root_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_id uuid;
  v_state text;
BEGIN
  LOOP
    SELECT i.id, i.state INTO v_id, v_state FROM directory.interest i
    WHERE i.region = p_region AND i.root_kind = p_root_kind AND i.root_id = p_root_id FOR UPDATE;
    IF v_state = 'active' THEN
      RETURN;
    ELSIF v_state = 'leaving' THEN
      UPDATE directory.interest i SET state = 'active', left_by = NULL WHERE i.id = v_id;
      RETURN;
    END IF;
    INSERT INTO directory.interest (region, root_kind, root_id) VALUES (p_region, p_root_kind, p_root_id)
    ON CONFLICT ON CONSTRAINT interest_root DO NOTHING RETURNING id INTO v_id;
    IF v_id IS NOT NULL THEN
      RETURN;
    END IF;
    -- Somebody else inserted it: take its lock.
  END LOOP;
END
$$;

-- Ends a region's entitlement to a root if no grant justifies it any more, decided under the lock of (region, root).
CREATE FUNCTION directory.leave(p_region smallint, p_root_kind text, p_root_id uuid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_id uuid;
BEGIN
  SELECT i.id INTO v_id FROM directory.interest i
  WHERE i.region = p_region AND i.root_kind = p_root_kind AND i.root_id = p_root_id AND i.state = 'active' FOR UPDATE;
  IF v_id IS NULL THEN
    RETURN;
  ELSIF p_root_kind = 'user' AND EXISTS (
    SELECT FROM directory."grant" g JOIN directory.organization_home h ON h.id = g.organization_id
    WHERE g.user_id = p_root_id AND g.state = 'live' AND h.region_number = p_region) THEN
    RETURN;
  ELSIF p_root_kind = 'organization' AND EXISTS (
    SELECT FROM directory.organization_home h
    WHERE h.id = p_root_id AND h.region_number = p_region AND h.state <> 'deleting') THEN
    RETURN;
  END IF;
  UPDATE directory.interest i SET state = 'leaving', left_by = pg_current_xact_id() WHERE i.id = v_id;
END
$$;

-- Ends grants, and the entitlement to people who have no other in that region.
CREATE FUNCTION directory.end_grants(p_grants uuid[]) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_row record;
BEGIN
  UPDATE directory."grant" g SET state = 'ended', ended = clock_timestamp() WHERE g.id = ANY (p_grants) AND g.state = 'live';
  -- In one order everywhere, so that two such transactions cannot wait for each other.
  FOR v_row IN
    SELECT DISTINCT h.region_number, g.user_id FROM directory."grant" g
    JOIN directory.organization_home h ON h.id = g.organization_id
    WHERE g.id = ANY (p_grants) ORDER BY h.region_number, g.user_id
  LOOP
    PERFORM directory.leave(v_row.region_number, 'user', v_row.user_id);
  END LOOP;
END
$$;
