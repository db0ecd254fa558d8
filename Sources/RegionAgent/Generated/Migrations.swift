// Made by scripts/generate-migrations.py from migrations/region. Change the SQL, then run it again.

package import Postgres

/// The schema of `region`, in the order in which it is applied.
package enum RegionMigrations {
  package static let all: [Migration] = [
    migration0001, migration0002, migration0003, migration0004, migration0005, migration0006, migration0007, migration0008, migration0009, migration0010, migration0011, migration0012,
  ]

  private static let migration0001 = Migration(
    version: 1,
    name: "roles_and_replica",
    sql: ##"""
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

      """##,
    sha256: "6b9429f604968b931be0cdc2dc5b29fb4f22a000d14b8bc8f902d764ee46cadd")

  private static let migration0002 = Migration(
    version: 2,
    name: "region",
    sql: ##"""
      -- What this region owns and control has replicas of. Every organization here has its home here.
      CREATE SCHEMA IF NOT EXISTS region; -- the migrator made it

      CREATE TABLE region.organization (
        id uuid PRIMARY KEY,
        name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'deleted')),
        -- The home generation this region speaks for; follows organization_home and only rises.
        generation bigint NOT NULL CHECK (generation > 0),
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      -- The highest home generation this region ever spoke for: the version of a remove whose organization nobody remembers.
      CREATE TABLE region.highest_generation (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        generation bigint NOT NULL DEFAULT 0
      );
      INSERT INTO region.highest_generation DEFAULT VALUES;
      CREATE FUNCTION region.note_generation() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        UPDATE region.highest_generation SET generation = NEW.generation WHERE generation < NEW.generation;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_generation AFTER INSERT OR UPDATE OF generation ON region.organization
        FOR EACH ROW EXECUTE FUNCTION region.note_generation();

      -- A member's id is the id of the grant that control recorded: no member exists without one.
      CREATE TABLE region.member (
        id uuid PRIMARY KEY,
        organization_id uuid NOT NULL REFERENCES region.organization (id),
        user_id uuid NOT NULL,
        role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
        created_at timestamptz NOT NULL DEFAULT now(),
        -- Serves: the member of a request's user, on every request; the members of an organization.
        UNIQUE (organization_id, user_id)
      );

      CREATE TABLE region.invitation (
        id uuid PRIMARY KEY,
        organization_id uuid NOT NULL REFERENCES region.organization (id),
        email text NOT NULL CHECK (octet_length(email) BETWEEN 3 AND 254),
        role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
        -- SHA-256 of the token. The token itself is shown once and stored nowhere.
        token_digest bytea NOT NULL CHECK (octet_length(token_digest) = 32),
        invited_by uuid NOT NULL,
        state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'accepted', 'revoked')),
        expires_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      -- Serves: the invitations of an organization; at most one pending invitation an address.
      CREATE UNIQUE INDEX invitation_pending ON region.invitation (organization_id, email) WHERE state = 'pending';
      -- Serves: the invitations of an organization in order; deleting an organization.
      CREATE INDEX invitation_organization ON region.invitation (organization_id, id);

      CREATE TABLE region.team (
        id uuid PRIMARY KEY,
        organization_id uuid NOT NULL REFERENCES region.organization (id),
        slug text NOT NULL,
        name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
        created_at timestamptz NOT NULL DEFAULT now(),
        -- Serves: a team by its slug; the teams of an organization in order.
        UNIQUE (organization_id, slug)
      );

      CREATE TABLE region.project (
        id uuid PRIMARY KEY,
        organization_id uuid NOT NULL REFERENCES region.organization (id),
        slug text NOT NULL,
        name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 200),
        created_at timestamptz NOT NULL DEFAULT now(),
        -- Serves: a project by its slug; the projects of an organization in order.
        UNIQUE (organization_id, slug)
      );

      CREATE TABLE region.project_key (
        id uuid PRIMARY KEY,
        organization_id uuid NOT NULL REFERENCES region.organization (id),
        project_id uuid NOT NULL REFERENCES region.project (id),
        -- Serves: ingest by public key.
        public_key text NOT NULL UNIQUE CHECK (public_key ~ '^[0-9a-f]{32}$'),
        status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'disabled')),
        created_at timestamptz NOT NULL DEFAULT now()
      );
      -- Serves: the keys of a project; deleting a project.
      CREATE INDEX project_key_project ON region.project_key (project_id);
      -- Serves: deleting an organization.
      CREATE INDEX project_key_organization ON region.project_key (organization_id);

      -- Seals of the batches that led to the cursors: what proves a cursor to a control that was restored and no longer knows it.
      CREATE TABLE region.cursor_proof (
        lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
        position bigint NOT NULL CHECK (position >= 0),
        envelope text NOT NULL,
        PRIMARY KEY (lane, position)
      );

      -- What the provisioner decided about a grant, kept until control removes the grant: a member who left must not come back from a
      -- grant that has not ended yet.
      CREATE TABLE region.grant_decision (
        grant_id uuid PRIMARY KEY,
        decision text NOT NULL CHECK (decision IN ('honoured', 'refused')),
        reason text,
        decided_at timestamptz NOT NULL DEFAULT now()
      );

      -- Grants and homes that apply touched and the provisioner has not looked at since. Only a hint what to look at: the provisioner
      -- derives what to do from the rows themselves, and a full scan at every start finds what no hint names. Hints are appended and
      -- never merged: an insert that met a hint being taken at the same moment would be lost or would make apply wait.
      CREATE TABLE region.provision_task (
        -- Serves: the next task in order.
        sequence bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        subject text NOT NULL CHECK (subject IN ('grant', 'home')),
        id uuid NOT NULL
      );

      CREATE FUNCTION region.note_changed_grants() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        INSERT INTO region.provision_task (subject, id) SELECT 'grant', changed.id FROM changed;
        RETURN NULL;
      END
      $$;
      CREATE FUNCTION region.note_changed_homes() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        INSERT INTO region.provision_task (subject, id) SELECT 'home', changed.id FROM changed;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_insert AFTER INSERT ON replica."grant"
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_grants();
      CREATE TRIGGER note_update AFTER UPDATE ON replica."grant"
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_grants();
      CREATE TRIGGER note_delete AFTER DELETE ON replica."grant"
        REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_grants();
      CREATE TRIGGER note_insert AFTER INSERT ON replica.organization_home
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_homes();
      CREATE TRIGGER note_update AFTER UPDATE ON replica.organization_home
        REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_homes();
      CREATE TRIGGER note_delete AFTER DELETE ON replica.organization_home
        REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION region.note_changed_homes();

      -- What control has replicas of. Not the application's to append: these rows are changed through the region's API.
      SELECT outbox.declare_kind('organization', 'uuid', 'main', false);
      SELECT outbox.declare_kind('member', 'uuid', 'main', false);
      SELECT outbox.declare_kind('invitation', 'uuid', 'main', false);
      SELECT outbox.declare_kind('team', 'uuid', 'main', false);
      SELECT outbox.declare_kind('project', 'uuid', 'main', false);
      SELECT outbox.declare_kind('project_key', 'uuid', 'main', false);

      SELECT outbox.capture('region.organization', 'organization');
      SELECT outbox.capture('region.member', 'member');
      SELECT outbox.capture('region.invitation', 'invitation');
      SELECT outbox.capture('region.team', 'team');
      SELECT outbox.capture('region.project', 'project');
      SELECT outbox.capture('region.project_key', 'project_key');

      """##,
    sha256: "109b3567d23f7c09757f2d4753557d2809ba78e965cc52e0aedca67753bc672e")

  private static let migration0003 = Migration(
    version: 3,
    name: "application",
    sql: ##"""
      -- What an application in any language joins against. Plain views that hide versions, digests and bookkeeping; their columns are a
      -- contract: they gain columns at the end and lose none.
      CREATE SCHEMA atoll;

      CREATE VIEW atoll."user" AS
        SELECT u.id, u.name, u.email, s.status
        FROM replica."user" AS u
        LEFT JOIN replica.user_status AS s ON s.id = u.id;

      CREATE VIEW atoll.organization AS
        SELECT o.id, h.slug, o.name, o.status, o.generation, o.created_at
        FROM region.organization AS o
        JOIN replica.organization_home AS h ON h.id = o.id;

      CREATE VIEW atoll.member AS
        SELECT m.id, m.organization_id, m.user_id, m.role, m.created_at
        FROM region.member AS m;

      CREATE VIEW atoll.invitation AS
        SELECT i.id, i.organization_id, i.email, i.role, i.state, i.expires_at, i.created_at
        FROM region.invitation AS i;

      CREATE VIEW atoll.team AS
        SELECT t.id, t.organization_id, t.slug, t.name, t.created_at
        FROM region.team AS t;

      CREATE VIEW atoll.project AS
        SELECT p.id, p.organization_id, p.slug, p.name, p.created_at
        FROM region.project AS p;

      CREATE VIEW atoll.project_key AS
        SELECT k.id, k.organization_id, k.project_id, k.public_key, k.status, k.created_at
        FROM region.project_key AS k;

      CREATE VIEW atoll.region AS
        SELECT r.id, r.name, r.url, r.category, r.locality
        FROM replica.region AS r;

      -- Least privilege. The application reads views and nothing below them; the service changes rows and no structure.
      REVOKE ALL ON SCHEMA replica, region, atoll FROM PUBLIC;
      GRANT USAGE ON SCHEMA replica, region, atoll TO atoll_region_service;
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA replica, region TO atoll_region_service;
      GRANT SELECT ON ALL TABLES IN SCHEMA atoll TO atoll_region_service;
      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA region FROM PUBLIC;

      GRANT USAGE ON SCHEMA atoll TO atoll_region_application;
      GRANT SELECT ON ALL TABLES IN SCHEMA atoll TO atoll_region_application;

      SELECT outbox.grant_roles('atoll_region_service', 'atoll_region_application');

      """##,
    sha256: "97bd929a5811895e36c3937b887d6858eba0cbf734c0abe515652bbc7f5485c2")

  private static let migration0004 = Migration(
    version: 4,
    name: "divergence",
    sql: ##"""
      -- What differed between this region and control, and rows that are to be sent again.
      SELECT outbox.grant_divergence('atoll_region_service');

      """##,
    sha256: "4ea16b04e95ec676ea02eac52cd2521b76f69a2d0fd788ef8f283b8261412584")

  private static let migration0005 = Migration(
    version: 5,
    name: "restore",
    sql: ##"""
      -- Control's seals over what it granted: what a region gives back when control's database was restored.
      ALTER TABLE replica.user_status ADD COLUMN receipt text;
      ALTER TABLE replica.organization_home ADD COLUMN revision bigint NOT NULL DEFAULT 1, ADD COLUMN receipt text;
      ALTER TABLE replica."grant" ADD COLUMN receipt text;
      ALTER TABLE replica.region ADD COLUMN number bigint NOT NULL DEFAULT 0, ADD COLUMN receipt text;

      -- A person's epoch never falls and deletion is for ever, whatever a restored control sends: newer is not more.
      CREATE FUNCTION replica.keep_highest_epoch() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        IF NEW.epoch < OLD.epoch THEN
          NEW.epoch := OLD.epoch;
          NEW.status := OLD.status;
          NEW.receipt := OLD.receipt;
        ELSIF OLD.status = 'deleted' THEN
          NEW.status := OLD.status;
        END IF;
        RETURN NEW;
      END
      $$;
      CREATE TRIGGER keep_highest_epoch BEFORE UPDATE ON replica.user_status
        FOR EACH ROW WHEN (NEW.epoch < OLD.epoch OR OLD.status = 'deleted') EXECUTE FUNCTION replica.keep_highest_epoch();

      -- Organizations that ended here. Their rows go once control has removed the home; this stays, so that a control from an older backup does not
      -- bring one back to life.
      CREATE TABLE region.ended_organization (
        id uuid PRIMARY KEY,
        ended_at timestamptz NOT NULL DEFAULT now()
      );
      INSERT INTO region.ended_organization (id) SELECT o.id FROM region.organization AS o WHERE o.status = 'deleted';
      CREATE FUNCTION region.note_ended() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        INSERT INTO region.ended_organization (id) VALUES (NEW.id) ON CONFLICT (id) DO NOTHING;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_ended AFTER UPDATE OF status ON region.organization
        FOR EACH ROW WHEN (NEW.status = 'deleted') EXECUTE FUNCTION region.note_ended();

      GRANT SELECT, INSERT, UPDATE, DELETE ON region.ended_organization TO atoll_region_service;
      REVOKE ALL ON FUNCTION replica.keep_highest_epoch(), region.note_ended() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION replica.keep_highest_epoch(), region.note_ended() TO atoll_region_service;

      """##,
    sha256: "9defdda2b510564b73cbb6c5f181ab66b1d70f0a0826171d53d211f9b90f7fe5")

  private static let migration0006 = Migration(
    version: 6,
    name: "login",
    sql: ##"""
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

      """##,
    sha256: "53426c27b94f281f99b9e868d8232dd8ccc4de77fb0cce8ff1d21d069ace4add")

  private static let migration0007 = Migration(
    version: 7,
    name: "rings",
    sql: ##"""
      -- Ring-gated kinds: the revision that control released to this region's ring. A revision that cannot be applied is refused, reported, and leaves the
      -- earlier one in place.
      CREATE TABLE replica.feature_flag (
        name text COLLATE "C" PRIMARY KEY,
        revision bigint NOT NULL CHECK (revision > 0),
        value jsonb NOT NULL,
        _generation bigint NOT NULL,
        _epoch integer NOT NULL,
        _head bigint NOT NULL
      );
      CREATE TABLE replica.configuration (
        name text COLLATE "C" PRIMARY KEY,
        revision bigint NOT NULL CHECK (revision > 0),
        value jsonb NOT NULL,
        _generation bigint NOT NULL,
        _epoch integer NOT NULL,
        _head bigint NOT NULL
      );
      SELECT outbox.declare_replica('replica.feature_flag', 'feature_flag');
      SELECT outbox.declare_replica('replica.configuration', 'configuration');

      CREATE VIEW atoll.feature_flag AS SELECT f.name, f.value, f.revision FROM replica.feature_flag AS f;
      CREATE VIEW atoll.configuration AS SELECT c.name, c.value, c.revision FROM replica.configuration AS c;

      GRANT SELECT, INSERT, UPDATE, DELETE ON replica.feature_flag, replica.configuration TO atoll_region_service;
      GRANT SELECT ON atoll.feature_flag, atoll.configuration TO atoll_region_service, atoll_region_application;

      """##,
    sha256: "75316cbb3eb9752b0549106bf486a4f0699ea2412b88d660a9abbefc12ba9c95")

  private static let migration0008 = Migration(
    version: 8,
    name: "upstream",
    sql: ##"""
      -- The way in: numbers of projects as they stand in DSNs, names of keys, and what tells processes that a key has changed.

      -- 48 random bits as 16 digits below 2^53, so that every language reads it as a number. Nothing is found by it: a request is resolved by its key.
      CREATE FUNCTION region.new_project_number() RETURNS bigint
      LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
        SELECT 1000000000000000 + ('x' || left(translate(gen_random_uuid()::text, '-', ''), 12))::bit(48)::bigint
      $$;

      ALTER TABLE region.project
        ADD COLUMN number bigint NOT NULL DEFAULT region.new_project_number() CHECK (number BETWEEN 1 AND 9007199254740991),
        -- Serves: importing a project under the number that its DSNs already carry.
        ADD CONSTRAINT project_number UNIQUE (number);

      -- A key carries its project's number, which never changes, so that one row says all about a DSN.
      ALTER TABLE region.project_key
        ADD COLUMN name text CHECK (char_length(name) BETWEEN 1 AND 200),
        ADD COLUMN project_number bigint;
      UPDATE region.project_key AS k SET project_number = p.number FROM region.project AS p WHERE p.id = k.project_id;
      ALTER TABLE region.project_key ALTER COLUMN project_number SET NOT NULL;
      CREATE FUNCTION region.take_project_number() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        SELECT p.number INTO NEW.project_number FROM region.project AS p WHERE p.id = NEW.project_id;
        RETURN NEW;
      END
      $$;
      CREATE TRIGGER take_project_number BEFORE INSERT ON region.project_key
        FOR EACH ROW EXECUTE FUNCTION region.take_project_number();
      CREATE FUNCTION region.refuse_number_change() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        RAISE EXCEPTION 'the number of a project never changes' USING ERRCODE = '55000';
      END
      $$;
      CREATE TRIGGER refuse_number_change BEFORE UPDATE OF number ON region.project
        FOR EACH ROW WHEN (NEW.number <> OLD.number) EXECUTE FUNCTION region.refuse_number_change();

      -- `p` a project key, with its id: what region.tell_changes tells about.
      CREATE TRIGGER tell_update AFTER UPDATE ON region.project_key REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
        EXECUTE FUNCTION region.tell_changes('p', 'id');
      CREATE TRIGGER tell_delete AFTER DELETE ON region.project_key REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
        EXECUTE FUNCTION region.tell_changes('p', 'id');

      CREATE OR REPLACE VIEW atoll.project AS
        SELECT p.id, p.organization_id, p.slug, p.name, p.created_at, p.number
        FROM region.project AS p;

      CREATE OR REPLACE VIEW atoll.project_key AS
        SELECT k.id, k.organization_id, k.project_id, k.public_key, k.status, k.created_at, k.name, k.project_number
        FROM region.project_key AS k;

      REVOKE ALL ON FUNCTION region.new_project_number(), region.take_project_number(), region.refuse_number_change() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION region.new_project_number() TO atoll_region_service;

      """##,
    sha256: "0c0d0928976d3cf0430ce27c1d19a97f06971e88a694754f1b4becdbdecdde79")

  private static let migration0009 = Migration(
    version: 9,
    name: "login",
    sql: ##"""
      -- What people changed in this region, and who logged in and out here. Appended in the transaction of the deed; nobody but the owner changes or deletes it.

      CREATE TABLE region.audit (
        -- Time-ordered.
        id uuid PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- NULL: of a person alone, a login. No foreign key: the trail outlives the organization.
        organization_id uuid,
        user_id uuid NOT NULL,
        -- How the person was known.
        credential text NOT NULL CHECK (credential IN ('session', 'api_token', 'access_token', 'login')),
        action text NOT NULL CHECK (action ~ '^[a-z][a-z_.]{0,62}$'),
        -- Method and path of the request, or an id; never a secret.
        subject text NOT NULL CHECK (octet_length(subject) <= 200)
      );
      -- Serves: an organization's trail, the newest first.
      CREATE INDEX audit_organization ON region.audit (organization_id, id);

      GRANT SELECT, INSERT ON region.audit TO atoll_region_service;

      """##,
    sha256: "3fdccd304f5207b58340158f0e1ff28f270696dbc11cdcc95e04d6c715147f29")

  private static let migration0010 = Migration(
    version: 10,
    name: "audit_and_tokens",
    sql: ##"""
      -- Access tokens end with the session at control that they rest on, and the trail ends some day.

      -- A session that is not here counts as not ended for its access tokens, and processes remember that: so its arrival is announced, too.
      CREATE TRIGGER tell_insert AFTER INSERT ON replica.control_session REFERENCING NEW TABLE AS changed FOR EACH STATEMENT
        EXECUTE FUNCTION region.tell_changes('c', 'id');

      -- Serves: the pruner.
      CREATE INDEX audit_at ON region.audit (at);

      -- Forgets entries older than so many days, at most so many, the oldest first; returns how many. The service may not delete from the trail otherwise,
      -- and this never what is younger than a month, whatever it is asked.
      CREATE FUNCTION region.prune_audit(p_days integer, p_most integer) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
      DECLARE
        v_gone bigint;
      BEGIN
        IF p_days < 30 OR p_most NOT BETWEEN 1 AND 10000 THEN
          RAISE EXCEPTION 'the trail is kept for 30 days at least, and pruned by 10000 rows at most' USING ERRCODE = '22023';
        END IF;
        DELETE FROM region.audit WHERE id IN (
          SELECT a.id FROM region.audit AS a WHERE a.at < clock_timestamp() - make_interval(days => p_days)
          ORDER BY a.at LIMIT p_most FOR UPDATE SKIP LOCKED);
        GET DIAGNOSTICS v_gone = ROW_COUNT;
        RETURN v_gone;
      END
      $$;
      REVOKE ALL ON FUNCTION region.prune_audit(integer, integer) FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION region.prune_audit(integer, integer) TO atoll_region_service;

      """##,
    sha256: "d7cc5994c0b54ad660037e6bb0a401d33949de0d6e29e44092e30b7f9072731c")

  private static let migration0011 = Migration(
    version: 11,
    name: "former_slugs",
    sql: ##"""
      -- Slugs that organizations here gave up and that still lead to them, as control says; one that no longer does is removed.
      CREATE TABLE replica.former_slug (
        id uuid PRIMARY KEY,
        organization_id uuid NOT NULL,
        slug text NOT NULL,
        _generation bigint NOT NULL,
        _epoch integer NOT NULL,
        _head bigint NOT NULL
      );
      -- Serves: organization by a slug that is nobody's here. Not unique: between two batches two rows may carry one slug.
      CREATE INDEX former_slug_slug ON replica.former_slug (slug);
      SELECT outbox.declare_replica('replica.former_slug', 'former_slug');

      CREATE TRIGGER tell_update AFTER UPDATE ON replica.former_slug REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
        EXECUTE FUNCTION region.tell_changes('o', 'organization_id');
      CREATE TRIGGER tell_delete AFTER DELETE ON replica.former_slug REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
        EXECUTE FUNCTION region.tell_changes('o', 'organization_id');

      GRANT SELECT, INSERT, UPDATE, DELETE ON replica.former_slug TO atoll_region_service;

      """##,
    sha256: "0daf8a58bd2d06e5e28cd97c66c0d2408e2f0fe7e93a6a4478c4a6c937361570")

  private static let migration0012 = Migration(
    version: 12,
    name: "ended_tokens",
    sql: ##"""
      -- API tokens that control took away before they would have expired, until then: a control that was restored from before has them alive again, and is told that they
      -- ended. One that comes again is no ended one.
      CREATE TABLE region.ended_api_token (
        id uuid PRIMARY KEY,
        -- Seconds since 1970.
        expires bigint NOT NULL
      );
      -- Serves: forgetting those that would have expired by now.
      CREATE INDEX ended_api_token_expires ON region.ended_api_token (expires);

      CREATE FUNCTION region.note_ended_tokens() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        DELETE FROM region.ended_api_token AS e WHERE e.expires < extract(epoch FROM clock_timestamp())::bigint;
        INSERT INTO region.ended_api_token (id, expires)
        SELECT g.id, g.expires FROM gone AS g WHERE g.expires > extract(epoch FROM clock_timestamp())::bigint
        ON CONFLICT (id) DO NOTHING;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_ended_tokens AFTER DELETE ON replica.api_token REFERENCING OLD TABLE AS gone
        FOR EACH STATEMENT EXECUTE FUNCTION region.note_ended_tokens();

      CREATE FUNCTION region.note_living_tokens() RETURNS trigger
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
      BEGIN
        DELETE FROM region.ended_api_token AS e USING come AS c WHERE e.id = c.id;
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER note_living_tokens AFTER INSERT ON replica.api_token REFERENCING NEW TABLE AS come
        FOR EACH STATEMENT EXECUTE FUNCTION region.note_living_tokens();

      GRANT SELECT, INSERT, DELETE ON region.ended_api_token TO atoll_region_service;
      REVOKE ALL ON FUNCTION region.note_ended_tokens(), region.note_living_tokens() FROM PUBLIC;
      GRANT EXECUTE ON FUNCTION region.note_ended_tokens(), region.note_living_tokens() TO atoll_region_service;

      """##,
    sha256: "0bc85e19976269d397cd1373633a75967fbbd817916ca44624402dca3a160d39")
}
