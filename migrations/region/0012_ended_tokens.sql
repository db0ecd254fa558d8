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
