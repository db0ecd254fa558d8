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
