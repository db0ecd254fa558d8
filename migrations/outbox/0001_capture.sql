-- Capture: a change and its outbox row commit in one transaction, or neither does.
-- Owner of everything here is whoever migrates; outbox.grant_roles (0005) gives the service and the application their rights.
CREATE SCHEMA IF NOT EXISTS outbox;
REVOKE ALL ON SCHEMA outbox FROM PUBLIC;

-- What can travel. A kind is declared once, by outbox.declare_kind; its id is local to this database.
CREATE TABLE outbox.kind (
  id smallint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE CHECK (name ~ '^[a-z][a-z0-9_]{0,62}$'),
  key_type text NOT NULL CHECK (key_type IN ('uuid', 'int8', 'text')),
  lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
  application boolean NOT NULL             -- whether the application role may append it
);

-- CACHE 1: a cached block of values would be used after later values of other sessions have committed.
CREATE SEQUENCE outbox.pending_seq AS bigint CACHE 1 NO CYCLE;

-- Committed changes that wait for a position: pointers, no personal data. Four partitions of 65 536 sequence values take turns; none is
-- ever deleted from, each is truncated once everything in it is sequenced.
CREATE TABLE outbox.pending (
  seq bigint NOT NULL,
  xid xid8 NOT NULL,                       -- the source transaction, taken before seq
  kind smallint NOT NULL,
  key bytea NOT NULL CHECK (octet_length(key) BETWEEN 1 AND 255)
) PARTITION BY LIST (((seq >> 16) & 3));
CREATE TABLE outbox.pending_0 PARTITION OF outbox.pending FOR VALUES IN (0);
CREATE TABLE outbox.pending_1 PARTITION OF outbox.pending FOR VALUES IN (1);
CREATE TABLE outbox.pending_2 PARTITION OF outbox.pending FOR VALUES IN (2);
CREATE TABLE outbox.pending_3 PARTITION OF outbox.pending FOR VALUES IN (3);
-- Serves: the tick's window above the floor, the next part of a carried transaction, the truncation check.
CREATE INDEX pending_seq_index ON outbox.pending (seq);

-- Tables that apply writes. Capture is refused there, so nothing echoes.
CREATE TABLE outbox.replica (
  relation regclass PRIMARY KEY,
  kind text NOT NULL
);

-- Declares a kind or checks that it was declared the same way; lane and application right may change. Returns its id.
CREATE FUNCTION outbox.declare_kind(
  name text, key_type text, lane text DEFAULT 'main', application boolean DEFAULT true
) RETURNS smallint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_id smallint;
  v_type text;
BEGIN
  SELECT k.id, k.key_type INTO v_id, v_type FROM outbox.kind k WHERE k.name = declare_kind.name;
  IF v_id IS NULL THEN
    INSERT INTO outbox.kind AS k (name, key_type, lane, application)
    VALUES (declare_kind.name, declare_kind.key_type, declare_kind.lane, declare_kind.application)
    ON CONFLICT ON CONSTRAINT kind_name_key DO NOTHING RETURNING k.id INTO v_id;
    IF v_id IS NULL THEN
      SELECT k.id, k.key_type INTO v_id, v_type FROM outbox.kind k WHERE k.name = declare_kind.name;
    END IF;
  END IF;
  IF v_type IS NOT NULL AND v_type <> declare_kind.key_type THEN
    RAISE EXCEPTION 'outbox: kind % has keys of type %, not %', declare_kind.name, v_type, declare_kind.key_type
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Give the kind another name.';
  END IF;
  UPDATE outbox.kind k SET lane = declare_kind.lane, application = declare_kind.application
  WHERE k.id = v_id AND (k.lane, k.application) IS DISTINCT FROM (declare_kind.lane, declare_kind.application);
  RETURN v_id;
END
$$;

-- The kind that the application appends, or an error that says what to do.
CREATE FUNCTION outbox.application_kind(kind text, key_type text) RETURNS smallint
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_id smallint;
  v_type text;
  v_application boolean;
BEGIN
  SELECT k.id, k.key_type, k.application INTO v_id, v_type, v_application FROM outbox.kind k WHERE k.name = kind;
  IF v_id IS NULL THEN
    RAISE EXCEPTION 'outbox: kind % is not declared', kind
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Declare it with outbox.declare_kind.';
  ELSIF NOT v_application THEN
    RAISE EXCEPTION 'outbox: kind % is not the application''s', kind USING ERRCODE = 'insufficient_privilege';
  ELSIF v_type <> application_kind.key_type THEN
    RAISE EXCEPTION 'outbox: kind % has keys of type %, not %', kind, v_type, application_kind.key_type
      USING ERRCODE = 'datatype_mismatch';
  END IF;
  RETURN v_id;
END
$$;

-- Appends a pointer in the caller's transaction and returns that transaction's id (what read-your-writes waits for). Call it *after* the
-- change itself, so that the change's row lock is held. The transaction id is taken before the sequence value: the floor needs that.
CREATE FUNCTION outbox.append(kind text, key uuid) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_xid xid8 := pg_current_xact_id();
BEGIN
  INSERT INTO outbox.pending (seq, xid, kind, key)
  VALUES (nextval('outbox.pending_seq'), v_xid, outbox.application_kind(append.kind, 'uuid'), uuid_send(append.key));
  RETURN v_xid;
END
$$;

CREATE FUNCTION outbox.append(kind text, key bigint) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_xid xid8 := pg_current_xact_id();
BEGIN
  INSERT INTO outbox.pending (seq, xid, kind, key)
  VALUES (nextval('outbox.pending_seq'), v_xid, outbox.application_kind(append.kind, 'int8'), int8send(append.key));
  RETURN v_xid;
END
$$;

-- For text keys, and for uuid and int8 keys written as text.
CREATE FUNCTION outbox.append(kind text, key text) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_xid xid8 := pg_current_xact_id();
  v_type text;
BEGIN
  SELECT k.key_type INTO v_type FROM outbox.kind k WHERE k.name = append.kind;
  INSERT INTO outbox.pending (seq, xid, kind, key)
  VALUES (
    nextval('outbox.pending_seq'), v_xid, outbox.application_kind(append.kind, v_type),
    CASE v_type WHEN 'uuid' THEN uuid_send(append.key::uuid) WHEN 'int8' THEN int8send(append.key::bigint)
      ELSE convert_to(append.key, 'UTF8') END);
  RETURN v_xid;
END
$$;

-- What the Swift library calls: many pointers of any kind in one statement. Not for the application.
CREATE FUNCTION outbox.append_pointers(kinds smallint[], keys bytea[]) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_xid xid8 := pg_current_xact_id();
BEGIN
  INSERT INTO outbox.pending (seq, xid, kind, key)
  SELECT nextval('outbox.pending_seq'), v_xid, p.kind, p.key FROM unnest(kinds, keys) AS p (kind, key);
  RETURN v_xid;
END
$$;

-- Makes the trigger functions of one kind: static SQL with the kind's id and the key column in it, because a lookup and a dynamic
-- statement per row would cost more than the pointer. Called by outbox.capture only.
CREATE FUNCTION outbox.make_capture_functions(kind_id smallint, key_type text, relation regclass, key_column name)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_send text := CASE key_type WHEN 'uuid' THEN 'uuid_send(%s)' WHEN 'int8' THEN 'int8send((%s)::bigint)'
    ELSE 'convert_to((%s)::text, ''UTF8'')' END;
  v_new text := format(v_send, format('NEW.%I', key_column));
  v_old text := format(v_send, format('OLD.%I', key_column));
  v_owner text;
BEGIN
  EXECUTE format($function$
    CREATE OR REPLACE FUNCTION outbox.%1$I() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $body$
    DECLARE
      v_xid xid8 := pg_current_xact_id();
    BEGIN
      IF TG_OP = 'INSERT' THEN
        INSERT INTO outbox.pending (seq, xid, kind, key) VALUES (nextval('outbox.pending_seq'), v_xid, %2$s, %3$s);
      ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO outbox.pending (seq, xid, kind, key) VALUES (nextval('outbox.pending_seq'), v_xid, %2$s, %4$s);
      ELSE
        INSERT INTO outbox.pending (seq, xid, kind, key) VALUES (nextval('outbox.pending_seq'), v_xid, %2$s, %3$s);
        IF NEW.%5$I IS DISTINCT FROM OLD.%5$I THEN
          INSERT INTO outbox.pending (seq, xid, kind, key) VALUES (nextval('outbox.pending_seq'), v_xid, %2$s, %4$s);
        END IF;
      END IF;
      RETURN NULL;
    END
    $body$ $function$,
    'capture_' || kind_id, kind_id, v_new, v_old, key_column);
  EXECUTE format($function$
    CREATE OR REPLACE FUNCTION outbox.%1$I() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $body$
    DECLARE
      v_xid xid8 := pg_current_xact_id();
    BEGIN
      IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'outbox: TRUNCATE of a captured table needs READ COMMITTED: an older snapshot does not see all its rows'
          USING ERRCODE = 'feature_not_supported';
      ELSIF (SELECT count(*) FROM (SELECT FROM %3$s LIMIT 1000001) AS r) > 1000000 THEN
        RAISE EXCEPTION 'outbox: TRUNCATE of a captured table with more than a million rows'
          USING ERRCODE = 'program_limit_exceeded', HINT = 'DELETE its rows in parts.';
      END IF;
      INSERT INTO outbox.pending (seq, xid, kind, key)
      SELECT nextval('outbox.pending_seq'), v_xid, %2$s, %4$s FROM %3$s;
      RETURN NULL;
    END
    $body$ $function$,
    'capture_truncate_' || kind_id, kind_id, relation, format(v_send, quote_ident(key_column)));
  -- Only the table's owner makes triggers with them: anyone else could append pointers of this kind.
  SELECT quote_ident(pg_get_userbyid(c.relowner)) INTO v_owner FROM pg_class c WHERE c.oid = relation;
  EXECUTE format('REVOKE ALL ON FUNCTION outbox.%1$I(), outbox.%2$I() FROM PUBLIC', 'capture_' || kind_id,
    'capture_truncate_' || kind_id);
  EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.%1$I(), outbox.%2$I() TO %3$s', 'capture_' || kind_id,
    'capture_truncate_' || kind_id, v_owner);
END
$$;

-- Captures every change of a table, whoever makes it and by whatever tool. Run it as the table's owner, once; running it again changes
-- nothing. The kind must be declared, the key column must be the table's primary key.
CREATE FUNCTION outbox.capture(relation regclass, kind text, key_column name DEFAULT 'id') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_kind smallint;
  v_key_type text;
  v_type text;
  v_relkind "char";
BEGIN
  SELECT k.id, k.key_type INTO v_kind, v_key_type FROM outbox.kind k WHERE k.name = capture.kind;
  IF v_kind IS NULL THEN
    RAISE EXCEPTION 'outbox: kind % is not declared', capture.kind
      USING ERRCODE = 'invalid_parameter_value', HINT = 'Declare it with outbox.declare_kind.';
  END IF;
  IF EXISTS (SELECT FROM outbox.replica r WHERE r.relation = capture.relation) THEN
    RAISE EXCEPTION 'outbox: % is written by apply, so it is not captured', relation
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'A replicated table has one writer.';
  END IF;
  SELECT c.relkind INTO v_relkind FROM pg_class c WHERE c.oid = capture.relation AND c.relpersistence <> 't';
  IF v_relkind IS DISTINCT FROM 'r' OR EXISTS (SELECT FROM pg_inherits i WHERE capture.relation IN (i.inhrelid, i.inhparent)) THEN
    RAISE EXCEPTION 'outbox: % is not a plain table', relation
      USING ERRCODE = 'wrong_object_type', HINT = 'Append pointers with outbox.append instead.';
  END IF;
  SELECT format_type(a.atttypid, NULL) INTO v_type
  FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
  WHERE i.indrelid = capture.relation AND i.indisprimary AND i.indnkeyatts = 1 AND a.attname = key_column;
  IF v_type IS NULL THEN
    RAISE EXCEPTION 'outbox: column % is not the primary key of %', key_column, relation
      USING ERRCODE = 'invalid_parameter_value',
        HINT = 'Rows with another or a composite key are appended with outbox.append.';
  END IF;
  IF NOT (v_key_type = 'uuid' AND v_type = 'uuid' OR v_key_type = 'int8' AND v_type IN ('bigint', 'integer', 'smallint')
    OR v_key_type = 'text' AND v_type IN ('text', 'character varying')) THEN
    RAISE EXCEPTION 'outbox: kind % has keys of type %, column % is %', capture.kind, v_key_type, key_column, v_type
      USING ERRCODE = 'datatype_mismatch';
  END IF;
  IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = capture.relation AND t.tgname = 'atoll_capture') THEN
    IF EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
      WHERE t.tgrelid = capture.relation AND t.tgname = 'atoll_capture' AND p.proname = 'capture_' || v_kind) THEN
      RETURN;
    END IF;
    RAISE EXCEPTION 'outbox: % is captured as another kind', relation USING ERRCODE = 'duplicate_object';
  END IF;
  IF EXISTS (SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE t.tgname = 'atoll_capture' AND p.proname = 'capture_' || v_kind AND p.pronamespace = 'outbox'::regnamespace) THEN
    RAISE EXCEPTION 'outbox: kind % captures another table', capture.kind USING ERRCODE = 'duplicate_object';
  END IF;
  PERFORM outbox.make_capture_functions(v_kind, v_key_type, relation, key_column);
  -- ALWAYS: a session in replica role (a restore, a logical subscription) must not lose changes.
  EXECUTE format('CREATE TRIGGER atoll_capture AFTER INSERT OR UPDATE OR DELETE ON %s FOR EACH ROW EXECUTE FUNCTION outbox.%I()',
    relation, 'capture_' || v_kind);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER atoll_capture', relation);
  EXECUTE format('CREATE TRIGGER atoll_capture_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION outbox.%I()',
    relation, 'capture_truncate_' || v_kind);
  EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER atoll_capture_truncate', relation);
END
$$;

-- Registers a table as written by apply; refuses a captured one.
CREATE FUNCTION outbox.declare_replica(relation regclass, kind text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = declare_replica.relation AND t.tgname = 'atoll_capture') THEN
    RAISE EXCEPTION 'outbox: % is captured, so apply does not write it', relation
      USING ERRCODE = 'object_not_in_prerequisite_state', HINT = 'A replicated table has one writer.';
  END IF;
  INSERT INTO outbox.replica AS r (relation, kind) VALUES (declare_replica.relation, declare_replica.kind)
  ON CONFLICT ON CONSTRAINT replica_pkey DO UPDATE SET kind = EXCLUDED.kind WHERE r.kind <> EXCLUDED.kind;
END
$$;
