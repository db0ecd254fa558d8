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
