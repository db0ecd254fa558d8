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
