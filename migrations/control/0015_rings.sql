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
