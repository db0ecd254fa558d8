// Made by scripts/generate-migrations.py from migrations/control. Change the SQL, then run it again.

package import Postgres

/// The schema of `control`, in the order in which it is applied.
package enum ControlMigrations {
  package static let all: [Migration] = [
    migration0001, migration0002, migration0003, migration0004, migration0005, migration0006, migration0007, migration0008, migration0009, migration0010, migration0011, migration0012, migration0013, migration0014, migration0015, migration0016, migration0017, migration0018, migration0019, migration0020, migration0021, migration0022, migration0023,
  ]

  private static let migration0001 = Migration(
    version: 1,
    name: "roles_and_identity",
    sql: ##"""
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

      """##,
    sha256: "3184005d3c49f70a406376dbb709ef5b5801318d01c495a971b25ea87633aa68")

  private static let migration0002 = Migration(
    version: 2,
    name: "regions_and_keys",
    sql: ##"""
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

      """##,
    sha256: "ec79cff796a49994835b91f5e3fd10a8f8d10cd5b447e7701b5302debd1a4077")

  private static let migration0003 = Migration(
    version: 3,
    name: "directory",
    sql: ##"""
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

      """##,
    sha256: "d8ec2c91626e13e8dd9236d08f60ce4d61cb6573532008dcecb98e15a7e99cb6")

  private static let migration0004 = Migration(
    version: 4,
    name: "upstream",
    sql: ##"""
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

      """##,
    sha256: "9e3c6436f76dd3d81d93bc4accb04fd16c0fba3158fde86209f846ddaef6eb8c")

  private static let migration0005 = Migration(
    version: 5,
    name: "capture_and_rights",
    sql: ##"""
      -- What control sends. No kind is the application's: nobody but control writes these tables.
      SELECT outbox.declare_kind('user', 'uuid', 'main', false);
      SELECT outbox.declare_kind('user_status', 'uuid', 'priority', false);
      SELECT outbox.declare_kind('token_key', 'text', 'priority', false);
      SELECT outbox.declare_kind('organization_home', 'uuid', 'main', false);
      SELECT outbox.declare_kind('grant', 'uuid', 'main', false);
      SELECT outbox.declare_kind('region', 'uuid', 'main', false);
      SELECT outbox.declare_kind('interest', 'uuid', 'main', false);

      SELECT outbox.capture('control."user"', 'user');
      SELECT outbox.capture('control.user_status', 'user_status');
      SELECT outbox.capture('control.token_key', 'token_key', 'kid');
      SELECT outbox.capture('directory.organization_home', 'organization_home');
      SELECT outbox.capture('directory."grant"', 'grant');
      SELECT outbox.capture('control.region', 'region');
      SELECT outbox.capture('directory.interest', 'interest');

      GRANT USAGE ON SCHEMA control, directory TO atoll_control_service;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA control, directory TO atoll_control_service;
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA control TO atoll_control_service;
      REVOKE UPDATE, DELETE ON control.audit, control.manifest FROM atoll_control_service;
      REVOKE DELETE ON control.region, directory.organization_home FROM atoll_control_service;
      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA directory FROM PUBLIC;
      GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA directory TO atoll_control_service;
      SELECT outbox.grant_roles('atoll_control_service', 'atoll_control_application');

      """##,
    sha256: "f7026c9277dc358f38e1ae94398a42b37e0ad3ffa92b3a2fce1e6a9eb1d8eba3")

  private static let migration0006 = Migration(
    version: 6,
    name: "observe",
    sql: ##"""
      -- When a region's agent last sent its cursors of control's log: a cursor is the acknowledgement of what was applied. A hello, a push or a
      -- held request is none, so `seen` cannot say this. NULL: never.
      ALTER TABLE control.agent_session ADD COLUMN acknowledged timestamptz;

      """##,
    sha256: "9525f06654875a62bb4349d6aada1492d84c81892eaa6ba8313df6a470e6c015")

  private static let migration0007 = Migration(
    version: 7,
    name: "scale",
    sql: ##"""
      -- What every signed request of a session records, in one statement: nonce, key, counter and session. A request of each of 1000 agents costs one
      -- round trip here instead of six. The first answer that is not `admitted` decides, and everything recorded until then stays:
      -- replayed, unknown, pending, revoked, counter_fell (alarmed), fenced.
      CREATE FUNCTION control.admit(
        asked_key text, asked_nonce text, asked_expires timestamptz, asked_path text, asked_counter bigint, asked_session text,
        OUT outcome text, OUT region uuid, OUT region_number smallint, OUT region_name text, OUT compresses boolean)
      LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
      DECLARE
        key_state text;
      BEGIN
        INSERT INTO outbox.nonce (keyid, nonce, expires) VALUES (asked_key, asked_nonce, asked_expires) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN outcome := 'replayed'; RETURN; END IF;
        SELECT k.state, k.region_id, r.number, r.name INTO key_state, region, region_number, region_name
        FROM control.region_key k JOIN control.region r ON r.id = k.region_id WHERE k.thumbprint = asked_key;
        IF NOT FOUND THEN outcome := 'unknown'; RETURN; END IF;
        IF key_state <> 'active' THEN outcome := key_state; RETURN; END IF;
        INSERT INTO control.key_counter AS c (thumbprint, path, counter) VALUES (asked_key, asked_path, asked_counter)
        ON CONFLICT (thumbprint, path) DO UPDATE SET counter = EXCLUDED.counter WHERE c.counter < EXCLUDED.counter;
        IF NOT FOUND THEN
          INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
          VALUES ('region', region_number::text, 'region.counter_fell', region_name, true);
          outcome := 'counter_fell';
          RETURN;
        END IF;
        UPDATE control.agent_session s SET seen = clock_timestamp(),
          acknowledged = CASE WHEN asked_path = 'pull' THEN clock_timestamp() ELSE s.acknowledged END
        WHERE s.region_number = admit.region_number AND s.session = asked_session AND s.thumbprint = asked_key
        RETURNING s.zlib INTO compresses;
        outcome := CASE WHEN FOUND THEN 'admitted' ELSE 'fenced' END;
      END
      $$;
      REVOKE ALL ON FUNCTION control.admit FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION control.admit TO atoll_control_service;

      """##,
    sha256: "1e4d9b23243c31e478f13cb08ab9856f780b9fd8a26d07b10e2f1e2113a4b246")

  private static let migration0008 = Migration(
    version: 8,
    name: "manifests",
    sql: ##"""
      -- Rotation of control's keys: which manifest each region's agent believes.

      ALTER TABLE control.agent_session ADD COLUMN manifest_version bigint NOT NULL DEFAULT 0 CHECK (manifest_version >= 0);

      """##,
    sha256: "c9498ac8cdb09b7d93a798f5eedc6ddec788986ac73a08337e352442d64c47be")

  private static let migration0009 = Migration(
    version: 9,
    name: "divergence",
    sql: ##"""
      -- Comparisons of control's rows with a region's: asked for by an operator or by the reconciler, carried out by whichever process the
      -- region's agent calls.
      CREATE TABLE control.comparison (
        id uuid PRIMARY KEY,
        region_number smallint NOT NULL REFERENCES control.region (number),
        origin text NOT NULL CHECK (origin IN ('operator', 'reconciler')),
        repairs boolean NOT NULL,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'complete', 'cut_short', 'abandoned')),
        machine bytea,                           -- where it stands; NULL before the first question and after the end
        kinds text[] NOT NULL,                   -- empty: all
        step bigint NOT NULL DEFAULT 0,          -- compare-and-set: of two processes that carry on, one does
        due timestamptz NOT NULL DEFAULT clock_timestamp(),   -- the agent is asked to come not before
        deadline timestamptz NOT NULL,
        compared bigint NOT NULL DEFAULT 0,
        divergences bigint NOT NULL DEFAULT 0,
        created timestamptz NOT NULL DEFAULT clock_timestamp(),
        started timestamptz,
        finished timestamptz
      );
      -- Serves: which regions have questions waiting; at most one open comparison of each origin a region.
      CREATE UNIQUE INDEX comparison_open ON control.comparison (region_number, origin) WHERE state IN ('waiting', 'running');
      -- Serves: when a region was compared last; the pruner.
      CREATE INDEX comparison_finished ON control.comparison (region_number, finished);

      -- What a comparison said of a row. No values.
      CREATE TABLE control.comparison_row (
        comparison uuid NOT NULL REFERENCES control.comparison (id) ON DELETE CASCADE,
        direction text NOT NULL CHECK (direction IN ('down', 'up')),
        kind text NOT NULL,
        key text NOT NULL,                       -- empty: the whole kind
        difference text NOT NULL,
        details text[] NOT NULL DEFAULT '{}',
        owned_version text,
        held_version text,
        mended boolean NOT NULL DEFAULT false,
        PRIMARY KEY (comparison, direction, kind, key)
      );

      GRANT SELECT, INSERT, UPDATE, DELETE ON control.comparison, control.comparison_row TO atoll_control_service;
      SELECT outbox.grant_divergence('atoll_control_service');

      -- Each path of a key has its counter; which paths there are is the program's to know.
      ALTER TABLE control.key_counter DROP CONSTRAINT IF EXISTS key_counter_path_check;
      ALTER TABLE control.key_counter ADD CONSTRAINT key_counter_path_check CHECK (path ~ '^[a-z-]{1,20}$');

      """##,
    sha256: "549dbd6bab33db1dbc72990aaf7efbc2d1de991b979cd2e5dc496cdcce279096")

  private static let migration0010 = Migration(
    version: 10,
    name: "restore",
    sql: ##"""
      -- What a control plane does whose database came back from a backup: it asks before it grants.

      -- Rises with every change of slug or home, so that of two receipts of one generation the newer is known.
      ALTER TABLE directory.organization_home ADD COLUMN revision bigint NOT NULL DEFAULT 1 CHECK (revision > 0);
      CREATE FUNCTION directory.raise_revision() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        IF (NEW.slug, NEW.region_number, NEW.generation) IS DISTINCT FROM (OLD.slug, OLD.region_number, OLD.generation)
          AND NEW.revision <= OLD.revision THEN
          NEW.revision := OLD.revision + 1;
        END IF;
        RETURN NEW;
      END
      $$;
      CREATE TRIGGER raise_revision BEFORE UPDATE ON directory.organization_home
        FOR EACH ROW EXECUTE FUNCTION directory.raise_revision();

      -- A number in order would be given again after a restore, to another region than the one that has it. A random one is not.
      CREATE FUNCTION control.free_region_number() RETURNS smallint
      LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
      AS $$
        SELECT n::smallint FROM generate_series(1, 4095) AS n
        WHERE NOT EXISTS (SELECT FROM control.region AS r WHERE r.number = n) ORDER BY random() LIMIT 1
      $$;
      ALTER TABLE control.region ALTER COLUMN number SET DEFAULT control.free_region_number();
      DROP SEQUENCE control.region_number_seq;

      -- Whether control may grant. One row.
      CREATE TABLE control.reconcile (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        -- verifying: a new epoch that may have lost nothing. reconciling: something was lost, or may have been for all that is known.
        phase text NOT NULL DEFAULT 'normal' CHECK (phase IN ('normal', 'verifying', 'reconciling')),
        -- Under which regions return their receipts; random for each begin.
        name text NOT NULL DEFAULT 'none',
        epoch integer NOT NULL DEFAULT 0,
        cause text NOT NULL DEFAULT 'first',
        fork bigint NOT NULL DEFAULT 0,
        began timestamptz,
        ended timestamptz
      );
      INSERT INTO control.reconcile DEFAULT VALUES;

      -- Where each region stands in it.
      CREATE TABLE control.reconcile_region (
        region_number smallint PRIMARY KEY REFERENCES control.region (number),
        standing text NOT NULL CHECK (standing IN ('awaited', 'clean', 'returned', 'released')),
        receipts bigint NOT NULL DEFAULT 0,
        differences bigint NOT NULL DEFAULT 0,
        parked bigint NOT NULL DEFAULT 0,
        changed timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      -- Receipts that could not be merged, for an operator.
      CREATE TABLE control.parked_receipt (
        region_number smallint NOT NULL REFERENCES control.region (number),
        kind text NOT NULL,
        key text NOT NULL,
        code text NOT NULL,
        parked timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (region_number, kind, key)
      );

      -- Ends what could have ended after the backup: sessions and unused join tokens.
      CREATE FUNCTION control.end_credentials() RETURNS void
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        UPDATE control.session SET ended = clock_timestamp() WHERE ended IS NULL;
        DELETE FROM control.join_token WHERE used_at IS NULL;
        INSERT INTO control.audit (actor_kind, actor, action, subject, alarm) VALUES ('system', 'control', 'reconcile.loss', 'control', true);
      END
      $$;

      -- In the transaction that begins an epoch: there is no moment between a new life and the state that guards it.
      CREATE FUNCTION control.begin_reconcile() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      DECLARE
        v_is_loss boolean := NEW.cause IN ('system', 'database', 'witness', 'peer');
      BEGIN
        UPDATE control.reconcile SET
          phase = CASE WHEN v_is_loss OR phase = 'reconciling' THEN 'reconciling' ELSE 'verifying' END,
          name = replace(gen_random_uuid()::text, '-', ''), epoch = NEW.ordinal, cause = NEW.cause, fork = NEW.fork_position,
          began = clock_timestamp(), ended = NULL;
        DELETE FROM control.reconcile_region;
        INSERT INTO control.reconcile_region (region_number, standing)
        SELECT r.number, 'awaited' FROM control.region r WHERE r.state = 'active';
        IF NOT FOUND THEN
          UPDATE control.reconcile SET phase = 'normal', ended = clock_timestamp();
        END IF;
        INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
        VALUES ('system', 'control', 'reconcile.begin', NEW.cause, v_is_loss);
        IF v_is_loss THEN
          PERFORM control.end_credentials();
        END IF;
        IF NEW.cause IN ('system', 'database') THEN
          -- Transaction ids mean nothing in another cluster: exits are told again, keys announced again.
          UPDATE directory.interest SET left_by = pg_current_xact_id() WHERE state = 'leaving';
          UPDATE control.token_key_secret SET announced_by = pg_current_xact_id();
          DELETE FROM directory.applied;
        END IF;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER begin_reconcile AFTER INSERT ON outbox.epoch
        FOR EACH ROW WHEN (NEW.cause <> 'first') EXECUTE FUNCTION control.begin_reconcile();

      -- Processes of a key that another process with the same key took over from. One that comes back lives beside the other: a copy.
      CREATE TABLE control.superseded_instance (
        thumbprint text NOT NULL REFERENCES control.region_key (thumbprint),
        instance text NOT NULL,
        superseded timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (thumbprint, instance)
      );

      -- What regions hold has no receipts yet: it is told once more.
      UPDATE directory.organization_home SET state = state WHERE state <> 'deleting';
      UPDATE directory."grant" SET state = state WHERE state = 'live';
      UPDATE control.user_status SET status = status WHERE status <> 'active' OR epoch > 0;
      UPDATE control.region SET state = state;

      GRANT SELECT, UPDATE ON control.reconcile TO atoll_control_service;
      GRANT SELECT, INSERT, UPDATE, DELETE ON control.reconcile_region, control.parked_receipt, control.superseded_instance
        TO atoll_control_service;
      REVOKE ALL ON FUNCTION control.end_credentials(), control.begin_reconcile(), control.free_region_number(),
        directory.raise_revision() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION control.end_credentials(), control.free_region_number(), directory.raise_revision()
        TO atoll_control_service;

      """##,
    sha256: "95bb0805bada7db2fc3c89b13ebc2ee6859a0fc963e148134529b457b632bd9b")

  private static let migration0011 = Migration(
    version: 11,
    name: "standby",
    sql: ##"""
      -- Agents of a region that wait while another one holds the region's session (control.agent_session). What makes the active one active is that session;
      -- its lease is `seen`, by this database's clock. A row here is what operators see, and nothing depends on it.
      CREATE TABLE control.agent_standby (
        thumbprint text PRIMARY KEY REFERENCES control.region_key (thumbprint) ON DELETE CASCADE,
        region_number smallint NOT NULL REFERENCES control.region (number),
        instance text NOT NULL CHECK (octet_length(instance) <= 200),
        software text NOT NULL CHECK (octet_length(software) <= 200),
        since timestamptz NOT NULL DEFAULT clock_timestamp(),
        seen timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      -- Serves: the standbys of a region in the status.
      CREATE INDEX agent_standby_region ON control.agent_standby (region_number);

      GRANT SELECT, INSERT, UPDATE, DELETE ON control.agent_standby TO atoll_control_service;

      """##,
    sha256: "28fa0c1d57aa35493b261363b1db678935a969864b2bfb571fb1ee26683dffdd")

  private static let migration0012 = Migration(
    version: 12,
    name: "accounts",
    sql: ##"""
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

      """##,
    sha256: "1c3d83a2592823113899fe11ffa9f72f70db8544a6f2a649d939d90d5ae01d22")

  private static let migration0013 = Migration(
    version: 13,
    name: "provider",
    sql: ##"""
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

      """##,
    sha256: "bac8ae47c2cab2a74fd9777eff7f53f6eddf903464f69d22718b3800b73d03d0")

  private static let migration0014 = Migration(
    version: 14,
    name: "api_tokens",
    sql: ##"""
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

      """##,
    sha256: "db4fb7b7168446ceccfd15bf970862a468293040ae7af4598fc7081a4e11257e")

  private static let migration0015 = Migration(
    version: 15,
    name: "rings",
    sql: ##"""
      -- Rings: a change that every region obeys (a feature flag, a piece of configuration) reaches a few regions first. Revisions are immutable; what moves is which
      -- revision a ring is released to. A region is entitled to the revision of its ring, in stream, snapshot, digest and repair alike.

      -- The rings in order: data, not code. The last one is where regions begin.
      CREATE TABLE control.ring (
        name text PRIMARY KEY CHECK (name ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
        place integer NOT NULL CHECK (place BETWEEN 0 AND 1000000),
        -- How long every region of the ring must have had a revision before it goes on.
        soak_seconds bigint NOT NULL CHECK (soak_seconds BETWEEN 0 AND 2678400),
        -- How long after it was given a revision a region that ceases to be live is taken for its victim.
        watch_seconds bigint NOT NULL CHECK (watch_seconds BETWEEN 0 AND 2678400),
        created timestamptz NOT NULL DEFAULT clock_timestamp(),
        CONSTRAINT ring_place UNIQUE (place)
      );
      INSERT INTO control.ring (name, place, soak_seconds, watch_seconds) VALUES
        ('canary', 10, 900, 3600), ('early', 20, 3600, 7200), ('broad', 30, 3600, 7200);

      -- In which ring each region is. Captured as `ring_region`, which names the region and expands to everything that is ring-gated.
      CREATE TABLE control.ring_region (
        region_number smallint PRIMARY KEY REFERENCES control.region (number),
        ring text NOT NULL REFERENCES control.ring (name),
        -- The log at that moment: what the region refused at or below is a matter of the ring it left.
        epoch integer NOT NULL DEFAULT 0,
        head bigint NOT NULL DEFAULT 0,
        assigned timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      -- Serves: the receivers of a release at a tick; the regions of a ring.
      CREATE INDEX ring_region_ring ON control.ring_region (ring);

      INSERT INTO control.ring_region (region_number, ring) SELECT r.number, 'broad' FROM control.region r;
      CREATE FUNCTION control.assign_last_ring() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        INSERT INTO control.ring_region (region_number, ring)
        SELECT NEW.number, g.name FROM control.ring g ORDER BY g.place DESC LIMIT 1 ON CONFLICT (region_number) DO NOTHING;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER assign_last_ring AFTER INSERT ON control.region
        FOR EACH ROW EXECUTE FUNCTION control.assign_last_ring();

      -- What is gated, by kind and name. Its row is the lock under which revisions and rollouts of it follow one another.
      CREATE TABLE control.gated_item (
        kind text NOT NULL CHECK (kind ~ '^[a-z][a-z0-9_]{0,62}$'),
        name text COLLATE "C" NOT NULL CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,127}$'),
        revisions bigint NOT NULL DEFAULT 0,
        created timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (kind, name)
      );

      -- Never changed and never deleted.
      CREATE TABLE control.ring_revision (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        name text COLLATE "C" NOT NULL,
        number bigint NOT NULL CHECK (number > 0),
        value jsonb CHECK (octet_length(value::text) <= 65536),   -- NULL: releasing it takes the item away
        note text NOT NULL CHECK (octet_length(note) <= 500),
        created_by text NOT NULL,
        created timestamptz NOT NULL DEFAULT clock_timestamp(),
        FOREIGN KEY (kind, name) REFERENCES control.gated_item (kind, name),
        -- Serves: a revision by its number; the newest ones of an item.
        CONSTRAINT ring_revision_number UNIQUE (kind, name, number)
      );

      -- Which revision each ring is released to: what entitlement is. Captured as `ring_release`, which names the ring's regions and expands to the item.
      CREATE TABLE control.ring_release (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        ring text NOT NULL REFERENCES control.ring (name) ON DELETE CASCADE,
        kind text NOT NULL,
        name text COLLATE "C" NOT NULL,
        revision uuid REFERENCES control.ring_revision (id),     -- NULL: nothing, and whoever had something is told
        released timestamptz NOT NULL DEFAULT clock_timestamp(),
        FOREIGN KEY (kind, name) REFERENCES control.gated_item (kind, name),
        -- Serves: what a region is entitled to, in the order of names.
        CONSTRAINT ring_release_item UNIQUE (ring, kind, name)
      );
      -- Serves: the receivers of an item's pointers.
      CREATE INDEX ring_release_name ON control.ring_release (kind, name);

      -- One revision on its way through the rings.
      CREATE TABLE control.ring_rollout (
        id uuid PRIMARY KEY,
        kind text NOT NULL,
        name text COLLATE "C" NOT NULL,
        revision uuid NOT NULL REFERENCES control.ring_revision (id),
        state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'halted', 'complete', 'superseded', 'rolled_back')),
        -- Goes on by itself when a ring has soaked; otherwise only when promoted.
        automatic boolean NOT NULL,
        -- Why it is halted: OPERATOR, RESTORED, REFUSED or REGION_FAILED, with details.
        code text,
        reason text,
        region_number smallint REFERENCES control.region (number),
        created_by text NOT NULL,
        created timestamptz NOT NULL DEFAULT clock_timestamp(),
        changed timestamptz NOT NULL DEFAULT clock_timestamp(),
        FOREIGN KEY (kind, name) REFERENCES control.gated_item (kind, name),
        CHECK ((state = 'halted') <= (code IS NOT NULL))
      );
      -- Serves: the monitor; at most one of an item is under way.
      CREATE UNIQUE INDEX ring_rollout_open ON control.ring_rollout (kind, name) WHERE state IN ('running', 'halted');
      -- Serves: the history of an item, newest first.
      CREATE INDEX ring_rollout_item ON control.ring_rollout (kind, name, created DESC);

      -- Which rings a rollout reached, and the log as it was then: what was refused at or below is an earlier revision.
      CREATE TABLE control.ring_stage (
        rollout uuid NOT NULL REFERENCES control.ring_rollout (id) ON DELETE CASCADE,
        ring text NOT NULL REFERENCES control.ring (name) ON DELETE CASCADE,
        epoch integer NOT NULL,
        head bigint NOT NULL,
        released timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (rollout, ring)
      );

      -- The regions that were given a rollout's revision, and what became of them.
      CREATE TABLE control.ring_watch (
        rollout uuid NOT NULL REFERENCES control.ring_rollout (id) ON DELETE CASCADE,
        region_number smallint NOT NULL REFERENCES control.region (number),
        was_live boolean NOT NULL,
        given timestamptz NOT NULL DEFAULT clock_timestamp(),
        given_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
        position bigint,                         -- of the log: who is past it has applied what was given; NULL until sequenced
        -- The resynchronization by pointers that the region's cursor belongs to: it has what was given when it is past that, too.
        resync xid8,
        applied timestamptz,
        excused boolean NOT NULL DEFAULT false,  -- an operator went on despite it
        PRIMARY KEY (rollout, region_number)
      );

      -- A control that lost something does not know how its rollouts went on: an operator looks.
      CREATE FUNCTION control.halt_rollouts() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        UPDATE control.ring_watch SET given_by = pg_current_xact_id(), position = NULL, resync = NULL WHERE applied IS NULL;
        IF NEW.cause IN ('system', 'database', 'witness', 'peer') THEN
          INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
          SELECT 'system', 'control', 'rollout.halt', o.kind || '/' || o.name, true FROM control.ring_rollout o WHERE o.state = 'running';
          UPDATE control.ring_rollout SET state = 'halted', code = 'RESTORED', reason = NEW.cause, region_number = NULL,
            changed = clock_timestamp()
          WHERE state = 'running';
        END IF;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER halt_rollouts AFTER INSERT ON outbox.epoch
        FOR EACH ROW WHEN (NEW.cause <> 'first') EXECUTE FUNCTION control.halt_rollouts();

      -- What each region is entitled to, by kind. One reader serves stream, snapshot, digest and repair, and reads this.
      CREATE VIEW control.feature_flag (name, region_number, revision, value) AS
        SELECT l.name, m.region_number, v.number, v.value
        FROM control.ring_region m JOIN control.region r ON r.number = m.region_number AND r.state <> 'revoked'
        JOIN control.ring_release l ON l.ring = m.ring AND l.kind = 'feature_flag'
        JOIN control.ring_revision v ON v.id = l.revision AND v.value IS NOT NULL;
      CREATE VIEW control.configuration (name, region_number, revision, value) AS
        SELECT l.name, m.region_number, v.number, v.value
        FROM control.ring_region m JOIN control.region r ON r.number = m.region_number AND r.state <> 'revoked'
        JOIN control.ring_release l ON l.ring = m.ring AND l.kind = 'configuration'
        JOIN control.ring_revision v ON v.id = l.revision AND v.value IS NOT NULL;

      SELECT outbox.declare_kind('feature_flag', 'text', 'main', false);
      SELECT outbox.declare_kind('configuration', 'text', 'main', false);
      SELECT outbox.declare_kind('ring_release', 'uuid', 'main', false);
      SELECT outbox.declare_kind('ring_region', 'int8', 'main', false);
      SELECT outbox.capture('control.ring_release', 'ring_release');
      SELECT outbox.capture('control.ring_region', 'ring_region', 'region_number');

      GRANT SELECT, INSERT, UPDATE, DELETE ON control.ring, control.ring_release, control.ring_rollout, control.ring_stage, control.ring_watch
        TO atoll_control_service;
      GRANT SELECT, INSERT, UPDATE ON control.ring_region, control.gated_item TO atoll_control_service;
      GRANT SELECT, INSERT ON control.ring_revision TO atoll_control_service;
      GRANT SELECT ON control.feature_flag, control.configuration TO atoll_control_service;
      REVOKE ALL ON FUNCTION control.assign_last_ring(), control.halt_rollouts() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION control.assign_last_ring() TO atoll_control_service;

      -- Whether the region's last pull said that a snapshot is under way: a region that was started over has a cursor at the head and not what lies before it.
      -- Known before the cursor of that pull is.
      ALTER TABLE control.agent_session ADD COLUMN refilling boolean NOT NULL DEFAULT false;
      -- As 0007 made it, with that. The older one stays for processes that are not upgraded yet.
      CREATE FUNCTION control.admit(
        asked_key text, asked_nonce text, asked_expires timestamptz, asked_path text, asked_counter bigint, asked_session text,
        asked_refilling boolean,
        OUT outcome text, OUT region uuid, OUT region_number smallint, OUT region_name text, OUT compresses boolean)
      LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
      DECLARE
        key_state text;
      BEGIN
        INSERT INTO outbox.nonce (keyid, nonce, expires) VALUES (asked_key, asked_nonce, asked_expires) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN outcome := 'replayed'; RETURN; END IF;
        SELECT k.state, k.region_id, r.number, r.name INTO key_state, region, region_number, region_name
        FROM control.region_key k JOIN control.region r ON r.id = k.region_id WHERE k.thumbprint = asked_key;
        IF NOT FOUND THEN outcome := 'unknown'; RETURN; END IF;
        IF key_state <> 'active' THEN outcome := key_state; RETURN; END IF;
        INSERT INTO control.key_counter AS c (thumbprint, path, counter) VALUES (asked_key, asked_path, asked_counter)
        ON CONFLICT (thumbprint, path) DO UPDATE SET counter = EXCLUDED.counter WHERE c.counter < EXCLUDED.counter;
        IF NOT FOUND THEN
          INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
          VALUES ('region', region_number::text, 'region.counter_fell', region_name, true);
          outcome := 'counter_fell';
          RETURN;
        END IF;
        UPDATE control.agent_session s SET seen = clock_timestamp(),
          acknowledged = CASE WHEN asked_path = 'pull' THEN clock_timestamp() ELSE s.acknowledged END,
          refilling = CASE WHEN asked_path = 'pull' THEN asked_refilling ELSE s.refilling END
        WHERE s.region_number = admit.region_number AND s.session = asked_session AND s.thumbprint = asked_key
        RETURNING s.zlib INTO compresses;
        outcome := CASE WHEN FOUND THEN 'admitted' ELSE 'fenced' END;
      END
      $$;
      REVOKE ALL ON FUNCTION control.admit (text, text, timestamptz, text, bigint, text, boolean) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION control.admit (text, text, timestamptz, text, bigint, text, boolean) TO atoll_control_service;

      """##,
    sha256: "b373daffc53337b0464f688927dc056fc4368115878ed68622c24f2c59fb3663")

  private static let migration0016 = Migration(
    version: 16,
    name: "directory",
    sql: ##"""
      -- The directory as a gateway needs it: regions as data that changes at run time, and a feed of what changed, from which every process keeps a map in memory.

      -- Regions and localities. Columns of a region that only control reads: they do not travel.
      ALTER TABLE control.locality
        ADD COLUMN label text NOT NULL DEFAULT '' CHECK (octet_length(label) <= 200),
        ADD COLUMN visible boolean NOT NULL DEFAULT true;
      ALTER TABLE control.region
        -- Whether people see it where they choose a region.
        ADD COLUMN visible boolean NOT NULL DEFAULT true,
        -- Whether new organizations may be given to it.
        ADD COLUMN accepts_organizations boolean NOT NULL DEFAULT true,
        -- What the gateway does with requests for it.
        ADD COLUMN gateway text NOT NULL DEFAULT 'allowed' CHECK (gateway IN ('allowed', 'redirect', 'refused')),
        -- The revisions of the sync protocol that its agents may speak; NULL: every one that this program speaks.
        ADD COLUMN protocol_min smallint CHECK (protocol_min BETWEEN 1 AND 1000),
        ADD COLUMN protocol_max smallint CHECK (protocol_max BETWEEN 1 AND 1000),
        ADD CONSTRAINT region_protocol CHECK (protocol_min <= protocol_max);
      -- A region of one tenant or on a customer's hardware is nobody's to choose until an operator says so.
      UPDATE control.region SET visible = false, accepts_organizations = false WHERE category <> 'multi_tenant';

      -- Which region gets requests that name none: one or no row.
      CREATE TABLE directory.default_region (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        region_number smallint NOT NULL REFERENCES control.region (number),
        since timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      -- What still relies on it, by pattern and day: so that it can shrink.
      CREATE TABLE directory.default_use (
        pattern text NOT NULL CHECK (octet_length(pattern) BETWEEN 1 AND 200),
        day date NOT NULL,
        requests bigint NOT NULL CHECK (requests >= 0),
        last timestamptz NOT NULL,
        PRIMARY KEY (pattern, day)
      ) WITH (fillfactor = 70);
      -- Serves: the pruner, and the list of the last days.
      CREATE INDEX default_use_day ON directory.default_use (day);

      -- Names that operators keep from everybody, besides those that the program reserves.
      CREATE TABLE directory.reserved_slug (
        slug text PRIMARY KEY CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
        reason text NOT NULL CHECK (octet_length(reason) <= 200),
        reserved_by text NOT NULL,
        reserved timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      -- Serves: the aliases of an organization; the pruner of aliases whose rest is over.
      CREATE INDEX slug_organization ON directory.slug (organization_id);
      CREATE INDEX slug_resting ON directory.slug (rests_until) WHERE state = 'resting';

      -- A rename and a swap are operations as well: done when the regions have them.
      ALTER TABLE directory.operation
        DROP CONSTRAINT operation_kind_check,
        DROP CONSTRAINT operation_state_check,
        ALTER COLUMN user_id DROP NOT NULL,
        ADD COLUMN operator_id uuid REFERENCES control.operator (id),
        -- The slug that was asked for.
        ADD COLUMN slug text,
        -- The other organization of a swap.
        ADD COLUMN other_organization_id uuid REFERENCES directory.organization_home (id),
        -- The transaction that made the change: a region whose applied snapshot sees it has the change.
        ADD COLUMN changed_by xid8,
        ADD CONSTRAINT operation_kind_check CHECK (kind IN ('create_organization', 'rename_organization', 'swap_slugs')),
        ADD CONSTRAINT operation_state_check CHECK (state IN ('provisioning', 'propagating', 'done')),
        ADD CONSTRAINT operation_actor CHECK ((user_id IS NULL) <> (operator_id IS NULL)),
        ADD CONSTRAINT operation_other CHECK ((kind = 'swap_slugs') = (other_organization_id IS NOT NULL)),
        ADD CONSTRAINT operation_changed CHECK ((kind = 'create_organization') = (changed_by IS NULL)),
        -- Serves: an operator's request sent twice.
        ADD CONSTRAINT operation_operator_idempotency UNIQUE (operator_id, idempotency_key);
      -- Serves: what may be done by now, and whether anybody wants to know how far regions are.
      CREATE INDEX operation_propagating ON directory.operation (id) WHERE state = 'propagating';
      -- Serves: how many a person has open.
      CREATE INDEX operation_open ON directory.operation (user_id) WHERE state <> 'done';
      -- Serves: the pruner.
      CREATE INDEX operation_finished ON directory.operation (finished) WHERE state = 'done';

      -- Words of regions about what is another's, counted: operators are told of the first.
      CREATE TABLE directory.foreign_word (
        region_number smallint NOT NULL,
        kind text NOT NULL,
        subject text NOT NULL CHECK (octet_length(subject) <= 255),
        words bigint NOT NULL DEFAULT 1,
        first timestamptz NOT NULL DEFAULT clock_timestamp(),
        last timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (region_number, kind, subject)
      );
      -- Serves: the pruner, and how many a region has.
      CREATE INDEX foreign_word_last ON directory.foreign_word (last);

      -- What changed: a pointer for every change of a home, a slug, a project key or a region. A follower remembers the snapshot up to which it has read, and
      -- asks for what is not visible in that: nothing that commits late is lost, and nothing orders writers.
      CREATE TABLE directory.change (
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        kind text NOT NULL CHECK (kind IN ('organization', 'slug', 'project_key', 'region')),
        key text NOT NULL,
        at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      -- Serves: followers and the pruner.
      CREATE INDEX change_xid ON directory.change (xid);

      -- Changes below are pruned: a follower whose snapshot began earlier reads everything again.
      CREATE TABLE directory.change_floor (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        xid xid8 NOT NULL
      );
      INSERT INTO directory.change_floor (xid) VALUES (pg_current_xact_id());

      -- Transaction ids mean nothing in another cluster: followers begin anew, and what waits for regions waits from now on.
      CREATE FUNCTION directory.begin_epoch() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        IF NEW.cause IN ('system', 'database') THEN
          DELETE FROM directory.change;
          UPDATE directory.change_floor SET xid = pg_current_xact_id();
          UPDATE directory.operation SET changed_by = pg_current_xact_id() WHERE state = 'propagating';
        END IF;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER begin_directory_epoch AFTER INSERT ON outbox.epoch
        FOR EACH ROW WHEN (NEW.cause <> 'first') EXECUTE FUNCTION directory.begin_epoch();

      -- Triggers write the feed with the owner's rights: nobody else appends to it.
      CREATE FUNCTION directory.note_home() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        INSERT INTO directory.change (kind, key) VALUES ('organization', NEW.id::text);
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_insert AFTER INSERT ON directory.organization_home
        FOR EACH ROW EXECUTE FUNCTION directory.note_home();
      CREATE TRIGGER note_update AFTER UPDATE ON directory.organization_home FOR EACH ROW
        WHEN ((OLD.slug, OLD.region_number, OLD.generation, OLD.state) IS DISTINCT FROM (NEW.slug, NEW.region_number, NEW.generation, NEW.state))
        EXECUTE FUNCTION directory.note_home();

      CREATE FUNCTION directory.note_slug() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        INSERT INTO directory.change (kind, key) VALUES ('slug', COALESCE(NEW.slug, OLD.slug));
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON directory.slug
        FOR EACH ROW EXECUTE FUNCTION directory.note_slug();

      -- Project keys come by the thousand: one statement a batch.
      CREATE FUNCTION directory.note_new_keys() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        INSERT INTO directory.change (kind, key) SELECT 'project_key', n.public_key FROM new_rows n;
        RETURN NULL;
      END
      $$;
      CREATE FUNCTION directory.note_changed_keys() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        INSERT INTO directory.change (kind, key)
        SELECT 'project_key', k.public_key
        FROM (SELECT r.public_key, to_jsonb(r) - '_epoch' - '_head' - '_generation' AS row FROM old_rows r) AS o
        FULL JOIN (SELECT r.public_key, to_jsonb(r) - '_epoch' - '_head' - '_generation' AS row FROM new_rows r) AS n
          ON n.public_key = o.public_key AND n.row = o.row
        CROSS JOIN LATERAL (VALUES (COALESCE(o.public_key, n.public_key))) AS k (public_key)
        WHERE o.row IS NULL OR n.row IS NULL;
        RETURN NULL;
      END
      $$;
      CREATE FUNCTION directory.note_gone_keys() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        INSERT INTO directory.change (kind, key) SELECT 'project_key', o.public_key FROM old_rows o;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_insert AFTER INSERT ON directory.project_key
        REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_new_keys();
      CREATE TRIGGER note_update AFTER UPDATE ON directory.project_key
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_changed_keys();
      CREATE TRIGGER note_delete AFTER DELETE ON directory.project_key
        REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_gone_keys();
      CREATE TRIGGER note_insert AFTER INSERT ON directory.project_key_owner
        REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_new_keys();
      CREATE TRIGGER note_update AFTER UPDATE ON directory.project_key_owner
        REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_changed_keys();
      CREATE TRIGGER note_delete AFTER DELETE ON directory.project_key_owner
        REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION directory.note_gone_keys();

      -- Regions are few: whatever changes, all are read.
      CREATE FUNCTION directory.note_regions() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        INSERT INTO directory.change (kind, key) VALUES ('region', '');
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON control.region
        FOR EACH STATEMENT EXECUTE FUNCTION directory.note_regions();
      CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON control.locality
        FOR EACH STATEMENT EXECUTE FUNCTION directory.note_regions();
      CREATE TRIGGER note_change AFTER INSERT OR UPDATE OR DELETE ON directory.default_region
        FOR EACH STATEMENT EXECUTE FUNCTION directory.note_regions();

      GRANT SELECT, INSERT, UPDATE, DELETE ON directory.default_region, directory.default_use, directory.reserved_slug,
        directory.foreign_word
        TO atoll_control_service;
      GRANT DELETE ON directory.operation TO atoll_control_service;
      GRANT SELECT, DELETE ON directory.change TO atoll_control_service;
      GRANT SELECT, UPDATE ON directory.change_floor TO atoll_control_service;
      REVOKE ALL ON FUNCTION directory.note_home(), directory.note_slug(), directory.note_new_keys(), directory.note_changed_keys(),
        directory.note_gone_keys(), directory.note_regions(), directory.begin_epoch() FROM PUBLIC;

      """##,
    sha256: "63094bbfc4059c4650792781ecfa1c4d716040d192ef04bd004b1ce04a86df84")

  private static let migration0017 = Migration(
    version: 17,
    name: "gateway",
    sql: ##"""
      -- The gateway signs the routing of requests with a key of its own (DESIGN §4): announced, rotated and revoked by manifests as the others are.
      ALTER TABLE control.signing_key DROP CONSTRAINT signing_key_purpose_check;
      ALTER TABLE control.signing_key ADD CONSTRAINT signing_key_purpose_check
        CHECK (purpose IN ('control', 'stream', 'forward'));

      """##,
    sha256: "596b8dbb157ef74e7559a46062939c67e8b9924d061190d93f88f967f36d1c67")

  private static let migration0018 = Migration(
    version: 18,
    name: "login",
    sql: ##"""
      -- Back-channel logout of third-party clients (OpenID Connect Back-Channel Logout 1.0).

      ALTER TABLE control.client
        -- Where a client is told that a login has ended; NULL: nowhere.
        ADD COLUMN backchannel_logout_uri text CHECK (octet_length(backchannel_logout_uri) BETWEEN 8 AND 1024);

      -- Clients that still have to be told. A row goes when the client took it, refused it for good, or its time is over.
      CREATE TABLE control.logout_notice (
        -- The `jti` of what is sent, the same at every try.
        id uuid PRIMARY KEY,
        client_id text NOT NULL REFERENCES control.client (id) ON DELETE CASCADE,
        user_id uuid NOT NULL,
        session_id uuid NOT NULL,
        created timestamptz NOT NULL,
        expires timestamptz NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        -- A process that takes a notice moves this on: if it dies, another tries then.
        next_attempt timestamptz NOT NULL
      );
      -- Serves: what is due.
      CREATE INDEX logout_notice_due ON control.logout_notice (next_attempt);
      -- Serves: the end of a client.
      CREATE INDEX logout_notice_client ON control.logout_notice (client_id);

      -- In the transaction that ends a session, whoever does: every client that got tokens for it and wants to know.
      CREATE FUNCTION control.notice_logout() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        INSERT INTO control.logout_notice (id, client_id, user_id, session_id, created, expires, next_attempt)
        SELECT gen_random_uuid(), c.id, NEW.user_id, NEW.id, NEW.ended, NEW.ended + interval '1 day', NEW.ended
        FROM control.client AS c
        WHERE c.revoked IS NULL AND c.backchannel_logout_uri IS NOT NULL AND EXISTS (
          SELECT FROM control.authorization AS a
          WHERE a.session_id = NEW.id AND a.client_id = c.id AND a.code_used IS NOT NULL);
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER notice_logout AFTER UPDATE OF ended ON control.session
        FOR EACH ROW WHEN (OLD.ended IS NULL AND NEW.ended IS NOT NULL) EXECUTE FUNCTION control.notice_logout();

      GRANT SELECT, INSERT, UPDATE, DELETE ON control.logout_notice TO atoll_control_service;
      REVOKE ALL ON FUNCTION control.notice_logout() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION control.notice_logout() TO atoll_control_service;

      """##,
    sha256: "fcb5e02736de164c4327961dbe55790bfe8dece726d0324656cb40a60f13f919")

  private static let migration0019 = Migration(
    version: 19,
    name: "consistency",
    sql: ##"""
      -- Admission of pulls that are not held, and good-byes of agents.

      -- They may overtake one that is held, on a connection of their own, so they count by themselves ('pull-now'); both acknowledge.
      CREATE OR REPLACE FUNCTION control.admit(
        asked_key text, asked_nonce text, asked_expires timestamptz, asked_path text, asked_counter bigint, asked_session text,
        asked_refilling boolean,
        OUT outcome text, OUT region uuid, OUT region_number smallint, OUT region_name text, OUT compresses boolean)
      LANGUAGE plpgsql VOLATILE SET search_path = '' AS $$
      DECLARE
        key_state text;
      BEGIN
        INSERT INTO outbox.nonce (keyid, nonce, expires) VALUES (asked_key, asked_nonce, asked_expires) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN outcome := 'replayed'; RETURN; END IF;
        SELECT k.state, k.region_id, r.number, r.name INTO key_state, region, region_number, region_name
        FROM control.region_key k JOIN control.region r ON r.id = k.region_id WHERE k.thumbprint = asked_key;
        IF NOT FOUND THEN outcome := 'unknown'; RETURN; END IF;
        IF key_state <> 'active' THEN outcome := key_state; RETURN; END IF;
        INSERT INTO control.key_counter AS c (thumbprint, path, counter) VALUES (asked_key, asked_path, asked_counter)
        ON CONFLICT (thumbprint, path) DO UPDATE SET counter = EXCLUDED.counter WHERE c.counter < EXCLUDED.counter;
        IF NOT FOUND THEN
          INSERT INTO control.audit (actor_kind, actor, action, subject, alarm)
          VALUES ('region', region_number::text, 'region.counter_fell', region_name, true);
          outcome := 'counter_fell';
          RETURN;
        END IF;
        UPDATE control.agent_session s SET seen = clock_timestamp(),
          acknowledged = CASE WHEN asked_path IN ('pull', 'pull-now') THEN clock_timestamp() ELSE s.acknowledged END,
          refilling = CASE WHEN asked_path IN ('pull', 'pull-now') THEN asked_refilling ELSE s.refilling END
        WHERE s.region_number = admit.region_number AND s.session = asked_session AND s.thumbprint = asked_key
        RETURNING s.zlib INTO compresses;
        outcome := CASE WHEN FOUND THEN 'admitted' ELSE 'fenced' END;
      END
      $$;

      -- When the active agent of a region said good-bye: another one need not wait for its lease.
      ALTER TABLE control.agent_session ADD COLUMN departed timestamptz;

      """##,
    sha256: "f534319cddb3ee51f986acbad9ddd1c27e69fdc88f87814f7e72badb68ad2781")

  private static let migration0020 = Migration(
    version: 20,
    name: "audit",
    sql: ##"""
      -- The audit trail ends some day.

      -- Serves: the pruner.
      CREATE INDEX audit_at ON control.audit (at);

      -- Forgets entries older than so many days, at most so many, the oldest first; returns how many. The service may not delete from the trail otherwise,
      -- and this never what is younger than a month, whatever it is asked.
      CREATE FUNCTION control.prune_audit(p_days integer, p_most integer) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        v_gone bigint;
      BEGIN
        IF p_days < 30 OR p_most NOT BETWEEN 1 AND 10000 THEN
          RAISE EXCEPTION 'the trail is kept for 30 days at least, and pruned by 10000 rows at most' USING ERRCODE = '22023';
        END IF;
        DELETE FROM control.audit WHERE id IN (
          SELECT a.id FROM control.audit AS a WHERE a.at < clock_timestamp() - make_interval(days => p_days)
          ORDER BY a.at LIMIT p_most FOR UPDATE SKIP LOCKED);
        GET DIAGNOSTICS v_gone = ROW_COUNT;
        RETURN v_gone;
      END
      $$;
      REVOKE ALL ON FUNCTION control.prune_audit(integer, integer) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION control.prune_audit(integer, integer) TO atoll_control_service;

      """##,
    sha256: "830a4e334c3e8bd8e16156f68f3af85c6c1c1b1a10c9c8cea1c62fcea1b6973a")

  private static let migration0021 = Migration(
    version: 21,
    name: "former_slugs",
    sql: ##"""
      -- Slugs that organizations gave up and that still lead to them. Each rest is a row of its own, so that whoever holds it hears of its end. Travels as
      -- `former_slug`, to the organization's home only.
      CREATE TABLE directory.former_slug (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        organization_id uuid NOT NULL REFERENCES directory.organization_home (id),
        slug text NOT NULL CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
        -- ended: the remove is on its way; the row goes once the region has it.
        state text NOT NULL DEFAULT 'resting' CHECK (state IN ('resting', 'ended')),
        made_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
        ended_by xid8,
        CHECK ((state = 'ended') = (ended_by IS NOT NULL))
      );
      -- Serves: the end of a rest. A slug rests once at a time.
      CREATE UNIQUE INDEX former_slug_resting ON directory.former_slug (slug) WHERE state = 'resting';
      -- Serves: the closure of an organization; the exits that may be finished.
      CREATE INDEX former_slug_organization ON directory.former_slug (organization_id);
      CREATE INDEX former_slug_ended ON directory.former_slug (organization_id) WHERE state = 'ended';

      -- Follows directory.slug, whoever changes it. A slug that is claimed for the first time costs nothing here.
      CREATE FUNCTION directory.note_rest() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF TG_OP <> 'INSERT' THEN
          -- A rest that nobody outside this transaction has seen, as between the two halves of a swap, never was.
          DELETE FROM directory.former_slug f
          WHERE f.slug = OLD.slug AND f.state = 'resting' AND f.made_by = pg_current_xact_id();
          UPDATE directory.former_slug f SET state = 'ended', ended_by = pg_current_xact_id()
          WHERE f.slug = OLD.slug AND f.state = 'resting';
        END IF;
        IF TG_OP <> 'DELETE' AND NEW.state = 'resting' THEN
          INSERT INTO directory.former_slug (organization_id, slug) VALUES (NEW.organization_id, NEW.slug);
        END IF;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_rest_insert AFTER INSERT ON directory.slug FOR EACH ROW
        WHEN (NEW.state = 'resting') EXECUTE FUNCTION directory.note_rest();
      CREATE TRIGGER note_rest_update AFTER UPDATE ON directory.slug FOR EACH ROW
        WHEN ((OLD.state, OLD.organization_id) IS DISTINCT FROM (NEW.state, NEW.organization_id)
          AND (OLD.state = 'resting' OR NEW.state = 'resting'))
        EXECUTE FUNCTION directory.note_rest();
      CREATE TRIGGER note_rest_delete AFTER DELETE ON directory.slug FOR EACH ROW
        WHEN (OLD.state = 'resting') EXECUTE FUNCTION directory.note_rest();

      SELECT outbox.declare_kind('former_slug', 'uuid', 'main', false);
      SELECT outbox.capture('directory.former_slug', 'former_slug');

      INSERT INTO directory.former_slug (organization_id, slug)
      SELECT s.organization_id, s.slug FROM directory.slug s WHERE s.state = 'resting';

      GRANT SELECT, INSERT, UPDATE, DELETE ON directory.former_slug TO atoll_control_service;
      REVOKE ALL ON FUNCTION directory.note_rest() FROM PUBLIC;

      """##,
    sha256: "b2794878645c953ff716567f0078ea3799792c055ede8cc9c13259179ad2a14c")

  private static let migration0022 = Migration(
    version: 22,
    name: "ended_families",
    sql: ##"""
      -- Access tokens of third parties end with the login that they came of, not only with its session: a family that may speak to regions has a row of
      -- its own in control.control_session, under its own id, and in control.session_region for each region that it got a token for.

      CREATE TRIGGER end_region_tokens AFTER UPDATE OF revoked ON control.authorization
        FOR EACH ROW WHEN (OLD.revoked IS NULL AND NEW.revoked IS NOT NULL) EXECUTE FUNCTION control.end_region_sessions();
      CREATE TRIGGER forget_region_tokens AFTER DELETE ON control.authorization
        FOR EACH ROW EXECUTE FUNCTION control.end_region_sessions();

      """##,
    sha256: "5c3f72e4adcf5783c09e456b75db8331d43ede5bd31f482d28c06d736521910f")

  private static let migration0023 = Migration(
    version: 23,
    name: "farewells",
    sql: ##"""
      -- The last word about a deleted person, for every region that knew them at that moment: their status `deleted`, which names nobody. The region keeps it under
      -- control's seal and returns it to a control that was restored from before the deletion, which then deletes the account again.
      CREATE TABLE directory.farewell (
        user_id uuid NOT NULL REFERENCES control."user" (id),
        region smallint NOT NULL CHECK (region BETWEEN 1 AND 4095),
        -- Serves: the regions that a status concerns.
        PRIMARY KEY (user_id, region)
      );
      -- Serves: everything that a region is entitled to, in the order of its keys.
      CREATE INDEX farewell_region ON directory.farewell (region, user_id);
      GRANT SELECT, INSERT ON directory.farewell TO atoll_control_service;

      """##,
    sha256: "0aeb64ad6d5053d01324f86031c578fcf82ca324f01a62c844e6f6d705b01df3")
}
