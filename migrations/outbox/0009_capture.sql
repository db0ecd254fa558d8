-- A cheaper append: the capture of a change was measured part by part (docs/decisions/0033) and these parts did not earn their price: tuple
-- routing, a CHECK per pointer, a pinned search_path where no name is left to look up, and a branch on the operation.

-- The four tables stay, with their rows, and inherit from a plain parent instead of being its partitions: an insert into a partition checks its
-- partition constraint, whoever chose it. Which of the four holds a pointer is a convenience for truncation and nothing else relies on it.
LOCK TABLE outbox.pending IN ACCESS EXCLUSIVE MODE;
DO $$
DECLARE
  v_acl aclitem[];
  v_constraint name;
  v_grant record;
BEGIN
  SELECT c.relacl INTO v_acl FROM pg_catalog.pg_class c WHERE c.oid = 'outbox.pending'::regclass;
  FOR i IN 0..3 LOOP
    EXECUTE format('ALTER TABLE outbox.pending DETACH PARTITION outbox.pending_%s', i);
    FOR v_constraint IN SELECT c.conname FROM pg_catalog.pg_constraint c
      WHERE c.conrelid = format('outbox.pending_%s', i)::regclass AND c.contype = 'c'
    LOOP
      EXECUTE format('ALTER TABLE outbox.pending_%s DROP CONSTRAINT %I', i, v_constraint);
    END LOOP;
    -- Truncated, never updated: nothing for autovacuum but to be in the way of a truncation.
    EXECUTE format('ALTER TABLE outbox.pending_%s SET (autovacuum_enabled = off)', i);
  END LOOP;
  DROP TABLE outbox.pending;
  -- Without rows of its own: what is inserted into it is routed below. A key's length is checked by whoever makes one of a text.
  CREATE TABLE outbox.pending (
    seq bigint NOT NULL,
    xid xid8 NOT NULL,                     -- the source transaction, taken before seq
    kind smallint NOT NULL,
    key bytea NOT NULL,
    CONSTRAINT pending_is_empty CHECK (false) NO INHERIT
  );
  FOR i IN 0..3 LOOP
    EXECUTE format('ALTER TABLE outbox.pending_%s INHERIT outbox.pending', i);
  END LOOP;
  FOR v_grant IN SELECT a.privilege_type, a.grantee::regrole AS role FROM aclexplode(v_acl) a
    WHERE a.grantee <> 0 AND a.grantee <> a.grantor
  LOOP
    EXECUTE format('GRANT %s ON outbox.pending TO %s', v_grant.privilege_type, v_grant.role);
  END LOOP;
END
$$;

-- Appends one pointer, to the table whose turn its sequence value is: 65 536 values each. For this schema's own functions.
CREATE FUNCTION outbox.append_pointer(kind smallint, key bytea) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_xid xid8 := pg_current_xact_id();
  v_seq bigint := nextval('outbox.pending_seq');
BEGIN
  IF octet_length(key) NOT BETWEEN 1 AND 255 THEN
    RAISE EXCEPTION 'outbox: a key has 1 to 255 bytes' USING ERRCODE = 'check_violation';
  END IF;
  IF v_seq & 131072 = 0 THEN
    IF v_seq & 65536 = 0 THEN
      INSERT INTO outbox.pending_0 (seq, xid, kind, key) VALUES (v_seq, v_xid, kind, key);
    ELSE
      INSERT INTO outbox.pending_1 (seq, xid, kind, key) VALUES (v_seq, v_xid, kind, key);
    END IF;
  ELSIF v_seq & 65536 = 0 THEN
    INSERT INTO outbox.pending_2 (seq, xid, kind, key) VALUES (v_seq, v_xid, kind, key);
  ELSE
    INSERT INTO outbox.pending_3 (seq, xid, kind, key) VALUES (v_seq, v_xid, kind, key);
  END IF;
  RETURN v_xid;
END
$$;
REVOKE ALL ON FUNCTION outbox.append_pointer(smallint, bytea) FROM PUBLIC;

-- An insert into the parent, by whatever function of the owner, reaches the table of its sequence value.
CREATE FUNCTION outbox.route_pointer() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  CASE (NEW.seq >> 16) & 3
    WHEN 0 THEN INSERT INTO outbox.pending_0 (seq, xid, kind, key) VALUES (NEW.seq, NEW.xid, NEW.kind, NEW.key);
    WHEN 1 THEN INSERT INTO outbox.pending_1 (seq, xid, kind, key) VALUES (NEW.seq, NEW.xid, NEW.kind, NEW.key);
    WHEN 2 THEN INSERT INTO outbox.pending_2 (seq, xid, kind, key) VALUES (NEW.seq, NEW.xid, NEW.kind, NEW.key);
    ELSE INSERT INTO outbox.pending_3 (seq, xid, kind, key) VALUES (NEW.seq, NEW.xid, NEW.kind, NEW.key);
  END CASE;
  RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION outbox.route_pointer() FROM PUBLIC;
CREATE TRIGGER route BEFORE INSERT ON outbox.pending FOR EACH ROW EXECUTE FUNCTION outbox.route_pointer();
ALTER TABLE outbox.pending ENABLE ALWAYS TRIGGER route;

CREATE OR REPLACE FUNCTION outbox.append(kind text, key uuid) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN outbox.append_pointer(outbox.application_kind(append.kind, 'uuid'), uuid_send(append.key));
END
$$;

CREATE OR REPLACE FUNCTION outbox.append(kind text, key bigint) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN outbox.append_pointer(outbox.application_kind(append.kind, 'int8'), int8send(append.key));
END
$$;

CREATE OR REPLACE FUNCTION outbox.append(kind text, key text) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_type text;
BEGIN
  SELECT k.key_type INTO v_type FROM outbox.kind k WHERE k.name = append.kind;
  RETURN outbox.append_pointer(
    outbox.application_kind(append.kind, v_type),
    CASE v_type WHEN 'uuid' THEN uuid_send(append.key::uuid) WHEN 'int8' THEN int8send(append.key::bigint)
      ELSE convert_to(append.key, 'UTF8') END);
END
$$;

-- Many pointers in one statement go to one table together, chosen by the sequence's value at the start.
CREATE OR REPLACE FUNCTION outbox.append_pointers(kinds smallint[], keys bytea[]) RETURNS xid8
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_xid xid8 := pg_current_xact_id();
BEGIN
  IF cardinality(keys) = 1 AND cardinality(kinds) = 1 THEN
    RETURN outbox.append_pointer(kinds[1], keys[1]);
  ELSIF EXISTS (SELECT FROM unnest(keys) AS k (key) WHERE octet_length(k.key) NOT BETWEEN 1 AND 255) THEN
    RAISE EXCEPTION 'outbox: a key has 1 to 255 bytes' USING ERRCODE = 'check_violation';
  END IF;
  EXECUTE format(
    'INSERT INTO outbox.pending_%s (seq, xid, kind, key)'
    ' SELECT nextval(''outbox.pending_seq''), $1, p.kind, p.key FROM unnest($2, $3) AS p (kind, key)',
    outbox.current_pending()) USING v_xid, kinds, keys;
  RETURN v_xid;
END
$$;

-- The number of the table that is being filled.
CREATE FUNCTION outbox.current_pending() RETURNS integer
LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
AS 'SELECT ((q.last_value >> 16) & 3)::integer FROM outbox.pending_seq AS q';
REVOKE ALL ON FUNCTION outbox.current_pending() FROM PUBLIC;

CREATE OR REPLACE FUNCTION outbox.emit(receiver smallint, topic text, payload jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_id bigint;
BEGIN
  INSERT INTO outbox.event AS e (receiver, topic, payload, xid)
  VALUES (emit.receiver, emit.topic, emit.payload, pg_current_xact_id()) RETURNING e.id INTO v_id;
  PERFORM outbox.append_pointer(k.id, int8send(v_id)) FROM outbox.kind AS k WHERE k.name = 'event';
  RETURN v_id;
END
$$;

-- Makes the trigger functions of one kind: static SQL with the kind's id and the key column in it. Called by outbox.capture only.
--
-- Row triggers of uuid and int8 keys pin no search_path, because setting one costs more than the pointer. Instead *nothing in them is looked up
-- through it*: every table, function, type and operator carries its schema, and there is no IS DISTINCT FROM, IN, BETWEEN or CASE with an
-- operand, which stand for an operator without one. Text keys pin it: convert_to finds its conversion through the search_path.
CREATE OR REPLACE FUNCTION outbox.make_capture_functions(kind_id smallint, key_type text, relation regclass, key_column name)
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  v_send text := CASE key_type WHEN 'uuid' THEN 'pg_catalog.uuid_send(%s)'
    WHEN 'int8' THEN 'pg_catalog.int8send((%s)::pg_catalog.int8)'
    ELSE 'pg_catalog.convert_to((%s)::pg_catalog.text, ''UTF8'')' END;
  v_settings text := CASE WHEN key_type IN ('uuid', 'int8') THEN '' ELSE 'SET search_path = pg_catalog, pg_temp' END;
  v_check text := CASE WHEN key_type IN ('uuid', 'int8') THEN '' ELSE $check$
      IF pg_catalog.octet_length(v_key) NOT BETWEEN 1 AND 255 THEN
        RAISE EXCEPTION 'outbox: a key has 1 to 255 bytes' USING ERRCODE = 'check_violation';
      END IF;$check$ END;
  -- An INSERT has no OLD and a DELETE no NEW: their columns are null.
  v_key text := format(v_send, format('COALESCE(NEW.%1$I, OLD.%1$I)', key_column));
  v_old text := format(v_send, format('OLD.%I', key_column));
  -- Text keys are compared as they travel: a collation may call different bytes equal.
  v_compared_new text := format(CASE key_type WHEN 'text' THEN v_send ELSE '%s' END, format('NEW.%I', key_column));
  v_compared_old text := format(CASE key_type WHEN 'text' THEN v_send ELSE '%s' END, format('OLD.%I', key_column));
  v_variable text := '';
  v_insert text;
  v_owner text;
BEGIN
  IF v_check <> '' THEN
    v_variable := format('v_key pg_catalog.bytea := %s;', v_key);
    v_key := 'v_key';
  END IF;
  v_insert := format('INSERT INTO outbox.pending_%%s (seq, xid, kind, key) VALUES (v_seq, v_xid, %s::pg_catalog.int2, %s);',
    kind_id, v_key);
  EXECUTE format($function$
    CREATE OR REPLACE FUNCTION outbox.%1$I() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER %2$s
    AS $body$
    DECLARE
      v_xid pg_catalog.xid8 := pg_catalog.pg_current_xact_id();
      v_seq pg_catalog.int8 := pg_catalog.nextval('outbox.pending_seq'::pg_catalog.regclass);
      %3$s
    BEGIN%4$s
      IF %5$s OPERATOR(pg_catalog.<>) %7$s THEN
        PERFORM outbox.append_pointer(%6$s::pg_catalog.int2, %12$s);
      END IF;
      IF v_seq OPERATOR(pg_catalog.&) 131072 OPERATOR(pg_catalog.=) 0 THEN
        IF v_seq OPERATOR(pg_catalog.&) 65536 OPERATOR(pg_catalog.=) 0 THEN
          %8$s
        ELSE
          %9$s
        END IF;
      ELSIF v_seq OPERATOR(pg_catalog.&) 65536 OPERATOR(pg_catalog.=) 0 THEN
        %10$s
      ELSE
        %11$s
      END IF;
      RETURN NULL;
    END
    $body$ $function$,
    'capture_' || kind_id, v_settings, v_variable, v_check, v_compared_new, kind_id, v_compared_old,
    format(v_insert, 0), format(v_insert, 1), format(v_insert, 2), format(v_insert, 3), v_old);
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
      EXECUTE format('INSERT INTO outbox.pending_%%s (seq, xid, kind, key)'
        ' SELECT nextval(''outbox.pending_seq''), $1, %2$s, %4$s FROM %3$s', outbox.current_pending()) USING v_xid;
      RETURN NULL;
    END
    $body$ $function$,
    'capture_truncate_' || kind_id, kind_id, relation,
    replace(format(v_send, quote_ident(key_column)), '''', ''''''));
  -- Only the table's owner makes triggers with them: anyone else could append pointers of this kind.
  SELECT quote_ident(pg_get_userbyid(c.relowner)) INTO v_owner FROM pg_class c WHERE c.oid = relation;
  EXECUTE format('REVOKE ALL ON FUNCTION outbox.%1$I(), outbox.%2$I() FROM PUBLIC', 'capture_' || kind_id,
    'capture_truncate_' || kind_id);
  EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.%1$I(), outbox.%2$I() TO %3$s', 'capture_' || kind_id,
    'capture_truncate_' || kind_id, v_owner);
END
$$;

-- Tables that are captured already get the new functions under their triggers.
SELECT outbox.make_capture_functions(k.id, k.key_type, t.tgrelid::regclass, a.attname)
FROM outbox.kind AS k
JOIN pg_catalog.pg_proc AS p ON p.proname = 'capture_' || k.id AND p.pronamespace = 'outbox'::regnamespace
JOIN pg_catalog.pg_trigger AS t ON t.tgfoid = p.oid AND t.tgname = 'atoll_capture'
JOIN pg_catalog.pg_index AS i ON i.indrelid = t.tgrelid AND i.indisprimary
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0];
