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
