-- Access tokens of third parties end with the login that they came of, not only with its session: a family that may speak to regions has a row of
-- its own in control.control_session, under its own id, and in control.session_region for each region that it got a token for.

CREATE TRIGGER end_region_tokens AFTER UPDATE OF revoked ON control.authorization
  FOR EACH ROW WHEN (OLD.revoked IS NULL AND NEW.revoked IS NOT NULL) EXECUTE FUNCTION control.end_region_sessions();
CREATE TRIGGER forget_region_tokens AFTER DELETE ON control.authorization
  FOR EACH ROW EXECUTE FUNCTION control.end_region_sessions();
