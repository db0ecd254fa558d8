-- Lets the compare-and-set of a cursor fail inside the server: then cursor, rows and COMMIT are one exchange, because nobody has to look at the
-- number of rows before the COMMIT is sent. The condition is named in Sources/Outbox/Apply/ReceiverStorage.swift.
CREATE FUNCTION outbox.expect_moved(moved bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF moved <> 1 THEN
    RAISE EXCEPTION 'outbox: the cursor is not where it was' USING ERRCODE = 'AT001';
  END IF;
END
$$;
