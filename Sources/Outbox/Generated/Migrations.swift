// Made by scripts/generate-migrations.py from migrations/outbox. Change the SQL, then run it again.

public import Postgres

/// The schema of `outbox`, in the order in which it is applied.
public enum OutboxMigrations {
  public static let all: [Migration] = [
    migration0001, migration0002, migration0003, migration0004, migration0005, migration0006, migration0007, migration0008, migration0009, migration0010, migration0011, migration0012, migration0013, migration0014, migration0015,
  ]

  private static let migration0001 = Migration(
    version: 1,
    name: "capture",
    sql: ##"""
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

      """##,
    sha256: "2428bd4413b973c4574cba301d7840a41b86fbdfc0715c36b521c9421a03d27c")

  private static let migration0002 = Migration(
    version: 2,
    name: "log",
    sql: ##"""
      -- The log of this silo: dense immutable positions, packed as one or few rows per tick.

      -- The lives of the log. A restored, promoted or copied database starts another.
      CREATE TABLE outbox.epoch (
        ordinal integer PRIMARY KEY CHECK (ordinal > 0),
        id text NOT NULL UNIQUE CHECK (id ~ '^[0-9a-f]{32}$'),
        parent integer REFERENCES outbox.epoch (ordinal),
        fork_position bigint NOT NULL CHECK (fork_position >= 0),
        fork_chain bytea NOT NULL CHECK (octet_length(fork_chain) = 32),
        system_identifier bigint NOT NULL,
        database_oid oid NOT NULL,
        timeline text NOT NULL,
        reason text NOT NULL,
        created timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      -- The one row that a tick locks. fillfactor: it is updated by every tick, in place while the page has room.
      CREATE TABLE outbox.sequencer (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        fence bigint NOT NULL DEFAULT 0,         -- rises with each change of the leader
        leader text,
        backend_pid integer,                     -- the leader's backend: a successor terminates it
        backend_start timestamptz,
        epoch integer REFERENCES outbox.epoch (ordinal),
        head bigint NOT NULL DEFAULT 0 CHECK (head >= 0),
        chain bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(chain) = 32),
        done pg_snapshot NOT NULL DEFAULT '1:1:',
        cut pg_snapshot,
        cut_progress bigint,
        floor bigint NOT NULL DEFAULT 0,
        candidate_sequence bigint,
        candidate_transaction xid8,
        complete_as_of bigint NOT NULL DEFAULT 0,      -- microseconds since 1970
        complete_snapshot pg_snapshot,           -- NULL: the same as done, which is what it mostly is
        beat timestamptz NOT NULL DEFAULT clock_timestamp(),
        pruned bigint NOT NULL DEFAULT 0,        -- entries up to here may be gone
        pruned_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        CHECK ((cut IS NULL) = (cut_progress IS NULL)),
        CHECK ((candidate_sequence IS NULL) = (candidate_transaction IS NULL))
      ) WITH (fillfactor = 10, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0);
      INSERT INTO outbox.sequencer DEFAULT VALUES;

      -- Source transactions of which only a part is in the log.
      CREATE TABLE outbox.carry (
        ordinal bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- the order in which they were found
        transaction xid8 NOT NULL UNIQUE,
        after bigint NOT NULL,
        through bigint
      );

      -- Entries first...last, packed; chain is the chain after `last`. Eight partitions of 2^20 positions take turns; each is truncated once it
      -- is wholly behind the retention bound.
      CREATE TABLE outbox.segment (
        first bigint NOT NULL,
        last bigint NOT NULL,
        lanes smallint NOT NULL,                 -- bit 0 priority, 1 main, 2 bulk: which occur in it
        created timestamptz NOT NULL DEFAULT now(),
        chain_before bytea NOT NULL,
        chain bytea NOT NULL,
        entries bytea NOT NULL
      ) PARTITION BY LIST (((first >> 20) & 7));
      DO $$
      BEGIN
        FOR i IN 0..7 LOOP
          EXECUTE format('CREATE TABLE outbox.segment_%s PARTITION OF outbox.segment FOR VALUES IN (%s)', i, i);
          -- Packed entries are mostly random keys: compressing them costs time and saves nothing.
          EXECUTE format('ALTER TABLE outbox.segment_%s ALTER COLUMN entries SET STORAGE EXTERNAL', i);
        END LOOP;
      END
      $$;
      -- Serves: the reader's "segments after my cursor, in order".
      CREATE INDEX segment_last ON outbox.segment (last);

      -- How far each receiver acknowledged each lane. A cursor that a receiver sends is the acknowledgement.
      CREATE TABLE outbox.receiver (
        silo smallint NOT NULL CHECK (silo BETWEEN 0 AND 4095),
        lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
        epoch integer NOT NULL,
        position bigint NOT NULL CHECK (position >= 0),
        advanced timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (silo, lane)
      ) WITH (fillfactor = 50);

      -- What else is known of a receiver.
      CREATE TABLE outbox.peer (
        silo smallint PRIMARY KEY CHECK (silo BETWEEN 0 AND 4095),
        retained bigint NOT NULL DEFAULT 0,      -- exits up to here are finalized: a cursor below could not be told the removes any more
        resync_transaction xid8                  -- the last resynchronization that wrote pointers for it
      );

      -- Rows that a receiver could not apply, as it reported them.
      CREATE TABLE outbox.nack (
        silo smallint NOT NULL,
        kind text NOT NULL,
        key text NOT NULL,
        code text NOT NULL,
        generation bigint NOT NULL,
        epoch integer NOT NULL,
        head bigint NOT NULL,
        first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
        count integer NOT NULL DEFAULT 1,
        PRIMARY KEY (silo, kind, key)
      );

      """##,
    sha256: "90b093901b750289db4144af41e2b026861fdf6451d61067ba35c194d44a3089")

  private static let migration0003 = Migration(
    version: 3,
    name: "apply",
    sql: ##"""
      -- The receiving side: cursors, what was removed, what could not be applied, which requests were seen.

      -- How far this silo has applied each lane of a stream. Moves only in the transaction that applies what it stands for.
      CREATE TABLE outbox.cursor (
        stream smallint NOT NULL CHECK (stream BETWEEN 0 AND 4095),     -- whose log: 0 is control
        lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
        epoch integer NOT NULL CHECK (epoch > 0),
        epoch_id text NOT NULL CHECK (epoch_id ~ '^[0-9a-f]{32}$'),
        position bigint NOT NULL CHECK (position >= 0),
        chain bytea NOT NULL CHECK (octet_length(chain) = 32),
        seen bigint NOT NULL DEFAULT 0,          -- highest head of any batch applied in this epoch
        consistent_at bigint NOT NULL DEFAULT 0, -- the replica is an exact cut at or past it, if consistency is known
        consistency_known boolean NOT NULL DEFAULT false,
        complete_as_of bigint NOT NULL DEFAULT 0,
        complete_snapshot pg_snapshot NOT NULL DEFAULT '1:1:',
        -- A resynchronization under way: rows older than (epoch, bound) go when a complete snapshot sees the token.
        resync_epoch integer,
        resync_bound bigint,
        resync_token xid8,
        applied timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (stream, lane)
      ) WITH (fillfactor = 50);

      -- Versions of removed rows, so that a slower answer cannot bring them back.
      CREATE TABLE outbox.tombstone (
        kind text NOT NULL,
        key text NOT NULL,
        stream smallint NOT NULL,
        generation bigint NOT NULL,
        epoch integer NOT NULL,
        head bigint NOT NULL,
        PRIMARY KEY (kind, key)
      );

      -- Rows that could not be applied. The lane went on; the sender is told by a NACK per row.
      CREATE TABLE outbox.quarantine (
        stream smallint NOT NULL,
        kind text NOT NULL,
        key text NOT NULL,
        code text NOT NULL,
        generation bigint NOT NULL,
        epoch integer NOT NULL,
        head bigint NOT NULL,
        fields jsonb,                            -- NULL: a remove
        first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
        count integer NOT NULL DEFAULT 1,
        PRIMARY KEY (stream, kind, key)
      );

      -- Repairs that were asked for and not answered. An answer that nobody remembers is refused; tombstones wait for these.
      CREATE TABLE outbox.bulk_request (
        id text PRIMARY KEY,
        stream smallint NOT NULL,
        lane text NOT NULL,
        epoch integer NOT NULL,
        position bigint NOT NULL,
        made timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      -- Nonces of accepted requests, per key, until they expire: no replica of this silo accepts a request twice.
      CREATE TABLE outbox.nonce (
        keyid text NOT NULL,
        nonce text NOT NULL,
        expires timestamptz NOT NULL,
        PRIMARY KEY (keyid, nonce)
      );
      -- Serves: the pruner.
      CREATE INDEX nonce_expires ON outbox.nonce (expires);

      """##,
    sha256: "d8fdec9cf21618df8312fd9c652fb1aa2ea2578ceeac3d2a9adc7caefa56ec34")

  private static let migration0004 = Migration(
    version: 4,
    name: "event_webhook",
    sql: ##"""
      -- Events that are not state carry their payload and wait until their receiver acknowledged them.
      CREATE TABLE outbox.event (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        receiver smallint NOT NULL CHECK (receiver BETWEEN 0 AND 4095),
        topic text NOT NULL CHECK (topic ~ '^[a-z][a-z0-9_.]{0,62}$'),
        payload jsonb NOT NULL,
        xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
        created timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      -- Serves: what a receiver has not acknowledged, oldest first.
      CREATE INDEX event_receiver ON outbox.event (receiver, id);

      SELECT outbox.declare_kind('event', 'int8', 'main', false);

      -- Keeps an event and appends its pointer, in the caller's transaction. Returns its id.
      CREATE FUNCTION outbox.emit(receiver smallint, topic text, payload jsonb) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      DECLARE
        v_xid xid8 := pg_current_xact_id();
        v_id bigint;
      BEGIN
        INSERT INTO outbox.event AS e (receiver, topic, payload, xid)
        VALUES (emit.receiver, emit.topic, emit.payload, v_xid) RETURNING e.id INTO v_id;
        INSERT INTO outbox.pending (seq, xid, kind, key)
        SELECT nextval('outbox.pending_seq'), v_xid, k.id, int8send(v_id) FROM outbox.kind k WHERE k.name = 'event';
        RETURN v_id;
      END
      $$;

      -- Events that arrived. An inbox: whoever handles one deletes it in its own transaction.
      CREATE TABLE outbox.inbox (
        stream smallint NOT NULL,
        id bigint NOT NULL,
        topic text NOT NULL,
        payload jsonb NOT NULL,
        arrived timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (stream, id)
      );

      -- Ids that arrived, also after their event was handled: redelivery brings none back.
      CREATE TABLE outbox.inbox_seen (
        stream smallint NOT NULL,
        id bigint NOT NULL,
        PRIMARY KEY (stream, id)
      );

      -- Applications that want to be told of applied changes.
      CREATE TABLE outbox.webhook (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        url text NOT NULL CHECK (url ~ '^https?://' AND length(url) <= 2048),
        kinds text[] NOT NULL,                   -- empty: all
        secrets bytea[] NOT NULL CHECK (cardinality(secrets) BETWEEN 1 AND 4),   -- sealed; several while one is rotated out
        active boolean NOT NULL DEFAULT true,
        created timestamptz NOT NULL DEFAULT clock_timestamp()
      );

      -- One row per endpoint and entity: the newest applied version that the endpoint has not acknowledged. A newer version takes an older
      -- one's place, so deliveries of one entity cannot overtake each other.
      CREATE TABLE outbox.webhook_delivery (
        webhook uuid NOT NULL REFERENCES outbox.webhook (id) ON DELETE CASCADE,
        kind text NOT NULL,
        key text NOT NULL,
        generation bigint NOT NULL,
        epoch integer NOT NULL,
        head bigint NOT NULL,
        removed boolean NOT NULL,
        state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'dead')),
        attempts integer NOT NULL DEFAULT 0,
        due timestamptz NOT NULL DEFAULT clock_timestamp(),
        leased timestamptz,                      -- until then a dispatcher is sending it: nobody else may, not even a newer version
        last_status integer,
        PRIMARY KEY (webhook, kind, key)
      );
      -- Serves: the dispatcher's next deliveries.
      CREATE INDEX webhook_delivery_due ON outbox.webhook_delivery (due) WHERE state = 'waiting';

      """##,
    sha256: "1a118ca7e929aea522f7814adf85d531c62361fc7d30d72eb7c9bb118118a1be")

  private static let migration0005 = Migration(
    version: 5,
    name: "roles",
    sql: ##"""
      -- Gives the roles of a silo their rights. Called by the silo's own migration with the names of its two group roles.
      CREATE FUNCTION outbox.grant_roles(service name, application name) RETURNS void
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        EXECUTE format('GRANT USAGE ON SCHEMA outbox TO %I, %I', service, application);
        -- The application appends its own kinds, nothing else.
        EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.append(text, uuid), outbox.append(text, bigint), outbox.append(text, text) TO %I, %I',
          service, application);
        EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.append_pointers(smallint[], bytea[]), outbox.declare_kind(text, text, text, boolean),'
          ' outbox.declare_replica(regclass, text), outbox.application_kind(text, text), outbox.emit(smallint, text, jsonb) TO %I', service);
        EXECUTE format('GRANT SELECT ON outbox.kind, outbox.pending, outbox.replica, outbox.pending_seq TO %I', service);
        EXECUTE format('GRANT TRUNCATE, SELECT ON outbox.pending_0, outbox.pending_1, outbox.pending_2, outbox.pending_3 TO %I', service);
        EXECUTE format('GRANT SELECT, INSERT ON outbox.segment, outbox.epoch TO %I', service);
        FOR i IN 0..7 LOOP
          EXECUTE format('GRANT SELECT, TRUNCATE ON outbox.segment_%s TO %I', i, service);
        END LOOP;
        EXECUTE format('GRANT SELECT, UPDATE ON outbox.sequencer TO %I', service);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.carry, outbox.receiver, outbox.peer, outbox.nack, outbox.cursor,'
          ' outbox.tombstone, outbox.quarantine, outbox.bulk_request, outbox.nonce, outbox.event, outbox.inbox, outbox.inbox_seen, outbox.webhook, outbox.webhook_delivery TO %I', service);
      END
      $$;

      REVOKE ALL ON ALL FUNCTIONS IN SCHEMA outbox FROM PUBLIC;

      """##,
    sha256: "e4dda50589d03ee38df6e64f5412b6149b466233ebd309c6b9dfb46ee1572b34")

  private static let migration0006 = Migration(
    version: 6,
    name: "restore",
    sql: ##"""
      -- Why an epoch began: what differed, and so what may have been lost.
      ALTER TABLE outbox.epoch ADD COLUMN cause text NOT NULL DEFAULT 'timeline'
        CHECK (cause IN ('first', 'system', 'database', 'timeline', 'witness', 'peer', 'operator'));
      ALTER TABLE outbox.epoch ALTER COLUMN cause DROP DEFAULT;

      -- Transaction ids mean nothing in another cluster: a dump that was loaded elsewhere says "done up to 1000000" where the next transaction is 800, and
      -- nothing would ever get a position. Every pointer that waits becomes one of the epoch's own transaction; what was in the log already is read once more.
      CREATE FUNCTION outbox.rebase_transactions() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        UPDATE outbox.pending SET xid = pg_current_xact_id();
        DELETE FROM outbox.carry;
        UPDATE outbox.sequencer SET done = '1:1:', cut = NULL, cut_progress = NULL, candidate_sequence = NULL, candidate_transaction = NULL,
          complete_snapshot = NULL;
        UPDATE outbox.peer SET resync_transaction = NULL WHERE resync_transaction IS NOT NULL;
        UPDATE outbox.event SET xid = pg_current_xact_id();
        RETURN NULL;
      END
      $$;
      CREATE TRIGGER rebase_transactions AFTER INSERT ON outbox.epoch
        FOR EACH ROW WHEN (NEW.cause IN ('system', 'database')) EXECUTE FUNCTION outbox.rebase_transactions();

      """##,
    sha256: "62e5617d9a2dbd28d8bbab473e4328d6f49d8c4c0ebe9cee9e496eb3dc3d03b0")

  private static let migration0007 = Migration(
    version: 7,
    name: "snapshot",
    sql: ##"""
      -- Snapshots beside the stream: how far each kind of a stream is at its receiver, and what the sender knows of its receivers' snapshots.

      -- One row per kind of a stream that is being or was taken in chunks. Written in the transaction that applies the chunk.
      CREATE TABLE outbox.snapshot (
        stream smallint NOT NULL CHECK (stream BETWEEN 0 AND 4095),     -- whose rows: 0 is control
        kind text NOT NULL,
        lane text NOT NULL CHECK (lane IN ('priority', 'main', 'bulk')),
        after_key text,                          -- everything up to this key is here; NULL: nothing yet, or done
        rows bigint NOT NULL DEFAULT 0 CHECK (rows >= 0),
        expected bigint CHECK (expected >= 0),   -- the sender's estimate; NULL: not told
        rate double precision NOT NULL DEFAULT 0,-- rows per second of the last chunks, smoothed
        done boolean NOT NULL DEFAULT false,
        started timestamptz NOT NULL DEFAULT clock_timestamp(),
        updated timestamptz NOT NULL DEFAULT clock_timestamp(),
        PRIMARY KEY (stream, kind)
      ) WITH (fillfactor = 50);

      -- Requests for chunks name where they begin, so that another process, or the next one, goes on with them. NULL: a repair.
      ALTER TABLE outbox.bulk_request ADD COLUMN kind text, ADD COLUMN after_key text;

      -- What a receiver said with its last request for a chunk, for operators of the sender. NULL: it never took a snapshot.
      ALTER TABLE outbox.peer
        ADD COLUMN snapshot_rows bigint, ADD COLUMN snapshot_expected bigint,
        ADD COLUMN snapshot_started timestamptz, ADD COLUMN snapshot_seen timestamptz;

      -- Tables that came after grant_roles was first called: the service role reads and writes them.
      CREATE TABLE outbox.service_table (
        name name PRIMARY KEY
      );

      -- Gives the service roles of this database their rights on a new table of this schema, now and whenever grant_roles is called again.
      CREATE FUNCTION outbox.add_service_table(name name) RETURNS void
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
      AS $$
      DECLARE
        v_role name;
      BEGIN
        INSERT INTO outbox.service_table AS s (name) VALUES (add_service_table.name) ON CONFLICT ON CONSTRAINT service_table_pkey DO NOTHING;
        FOR v_role IN
          SELECT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
          WHERE c.oid = 'outbox.cursor'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
        LOOP
          EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.%I TO %I', add_service_table.name, v_role);
        END LOOP;
      END
      $$;
      REVOKE ALL ON FUNCTION outbox.add_service_table(name) FROM PUBLIC;

      ALTER FUNCTION outbox.grant_roles(name, name) RENAME TO grant_roles_1;
      CREATE FUNCTION outbox.grant_roles(service name, application name) RETURNS void
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
      AS $$
      DECLARE
        v_table name;
      BEGIN
        PERFORM outbox.grant_roles_1(service, application);
        FOR v_table IN SELECT s.name FROM outbox.service_table s LOOP
          EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.%I TO %I', v_table, service);
        END LOOP;
      END
      $$;
      REVOKE ALL ON FUNCTION outbox.grant_roles(name, name) FROM PUBLIC;

      SELECT outbox.add_service_table('snapshot');

      """##,
    sha256: "313ba9d939b1f107e96d1a6be5c20660a933f71cb7f9ed4e7e8c588af6da570c")

  private static let migration0008 = Migration(
    version: 8,
    name: "divergence",
    sql: ##"""
      -- Anti-entropy: what was found to differ, and rows that are to be sent again.

      -- A row that differed between its owner and a receiver although it must not have. No values, only keys, columns and versions.
      CREATE TABLE outbox.incident (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        stream smallint NOT NULL CHECK (stream BETWEEN 0 AND 4095),   -- whose row it is
        silo smallint NOT NULL CHECK (silo BETWEEN 0 AND 4095),       -- who holds the replica
        kind text NOT NULL,
        key text NOT NULL,
        difference text NOT NULL CHECK (difference IN ('MISSING', 'EXTRA', 'NOT_ENTITLED', 'CONTENT', 'STALE_VERSION')),
        columns text[] NOT NULL DEFAULT '{}',    -- which differ
        owned_version text,                      -- generation/epoch/head at the owner and in the replica, where known here
        held_version text,
        first_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
        last_seen timestamptz NOT NULL DEFAULT clock_timestamp(),
        count integer NOT NULL DEFAULT 1,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'mended')),
        mended_at timestamptz,
        CHECK ((state = 'mended') = (mended_at IS NOT NULL))
      );
      -- Serves: the open incident of a row, one at a time; open incidents of a silo, for status and comparisons.
      CREATE UNIQUE INDEX incident_open ON outbox.incident (silo, stream, kind, key) WHERE state = 'open';
      -- Serves: the pruner.
      CREATE INDEX incident_mended ON outbox.incident (mended_at) WHERE state = 'mended';

      -- Rows that one receiver is to get again. A pointer of kind `repair` names this row and not the entity: it concerns nobody else, and it
      -- reaches a receiver that is no longer entitled to the entity, which then becomes a remove.
      CREATE TABLE outbox.repair (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        silo smallint NOT NULL CHECK (silo BETWEEN 0 AND 4095),
        kind text NOT NULL,
        key text NOT NULL,
        transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
        made timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      -- Serves: forgetting what a receiver has applied.
      CREATE INDEX repair_silo ON outbox.repair (silo);

      SELECT outbox.declare_kind('repair', 'int8', 'main', false);

      -- Rights for the service role of a silo, on what was added here. Called by the silo's own migration.
      CREATE FUNCTION outbox.grant_divergence(service name) RETURNS void
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON outbox.incident, outbox.repair TO %I', service);
      END
      $$;
      REVOKE ALL ON FUNCTION outbox.grant_divergence(name) FROM PUBLIC;

      SELECT outbox.add_service_table('incident');
      SELECT outbox.add_service_table('repair');

      """##,
    sha256: "cca14f325deff000f87dbb8435a8a4702a1b29a66122508f9fe1381a9ed9e83a")

  private static let migration0009 = Migration(
    version: 9,
    name: "capture",
    sql: ##"""
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

      """##,
    sha256: "465833737b8c6a7a95f95e02faf2b50ba14f02ec661239549e7a7497cf93cc4c")

  private static let migration0010 = Migration(
    version: 10,
    name: "observe",
    sql: ##"""
      -- What readiness, `atoll doctor` and traces need.

      -- The service reads how far its schema is migrated: readiness and the doctor ask.
      DO $$
      DECLARE
        v_role name;
      BEGIN
        FOR v_role IN
          SELECT r.rolname FROM pg_class c, aclexplode(c.relacl) a JOIN pg_roles r ON r.oid = a.grantee
          WHERE c.oid = 'outbox.cursor'::regclass AND a.privilege_type = 'INSERT' AND a.grantee <> c.relowner
        LOOP
          EXECUTE format('GRANT SELECT ON outbox.migration TO %I', v_role);
        END LOOP;
      END
      $$;
      ALTER FUNCTION outbox.grant_roles(name, name) RENAME TO grant_roles_2;
      CREATE FUNCTION outbox.grant_roles(service name, application name) RETURNS void
      LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
      AS $$
      BEGIN
        PERFORM outbox.grant_roles_2(service, application);
        EXECUTE format('GRANT SELECT ON outbox.migration TO %I', service);
        EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.trace_transaction(text) TO %I, %I', service, application);
      END
      $$;
      REVOKE ALL ON FUNCTION outbox.grant_roles(name, name) FROM PUBLIC;

      -- The W3C trace context of transactions whose request is sampled; of no others. A pointer holds none: it stays small. Pruned after an hour.
      CREATE TABLE outbox.trace (
        transaction xid8 PRIMARY KEY,
        parent text NOT NULL CHECK (parent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$'),
        position bigint,                         -- of its last entry; NULL: not sequenced yet
        created timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      -- Serves: the traces of an interval that is delivered.
      CREATE INDEX trace_position ON outbox.trace (position);
      -- Serves: pruning.
      CREATE INDEX trace_created ON outbox.trace (created);
      SELECT outbox.add_service_table('trace');

      -- Says which trace the caller's transaction belongs to. For applications too: call it once in a transaction that changes something, with the
      -- `traceparent` of the request. One that is not sampled or malformed is ignored: a trace must never break a write.
      CREATE FUNCTION outbox.trace_transaction(traceparent text) RETURNS void
      LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
        INSERT INTO outbox.trace (transaction, parent)
        SELECT pg_current_xact_id(), trace_transaction.traceparent
        WHERE trace_transaction.traceparent ~ '^00-[0-9a-f]{32}-[0-9a-f]{16}-01$'
        ON CONFLICT (transaction) DO NOTHING
      $$;
      REVOKE ALL ON FUNCTION outbox.trace_transaction(text) FROM PUBLIC;
      DO $$
      DECLARE
        v_role name;
      BEGIN
        FOR v_role IN
          SELECT DISTINCT r.rolname FROM pg_proc p, aclexplode(p.proacl) a JOIN pg_roles r ON r.oid = a.grantee
          WHERE p.oid = 'outbox.append(text, uuid)'::regprocedure AND a.privilege_type = 'EXECUTE' AND a.grantee <> p.proowner
        LOOP
          EXECUTE format('GRANT EXECUTE ON FUNCTION outbox.trace_transaction(text) TO %I', v_role);
        END LOOP;
      END
      $$;

      """##,
    sha256: "cc7563c576c0a99b04ff145a82bbc8fe75c38e47821266ab7d9c552c002659a7")

  private static let migration0011 = Migration(
    version: 11,
    name: "doorbell",
    sql: ##"""
      -- The doorbell: who listens to logical decoding hears of committed pointers (setting outbox.doorbell = decoding). It lists inserts only, costs
      -- nothing while nobody listens, and means nothing unless wal_level is logical.
      DO $$
      BEGIN
        -- Without the right to create one in the database the poll has to do; an owner can create it later.
        IF has_database_privilege(current_database(), 'CREATE')
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication p WHERE p.pubname = 'atoll_pending')
        THEN
          CREATE PUBLICATION atoll_pending FOR TABLE outbox.pending WITH (publish = 'insert');
        END IF;
      END
      $$;

      """##,
    sha256: "4993e9134a2e86d65134b2bf22c87e1442434c130ac576bb95d2f885d8a9cbfa")

  private static let migration0012 = Migration(
    version: 12,
    name: "apply",
    sql: ##"""
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

      """##,
    sha256: "db58858dced1b39c09c826015522b8aa6a5807bf3e8cdb058b1359dd44dbe006")

  private static let migration0013 = Migration(
    version: 13,
    name: "event_ids",
    sql: ##"""
      -- Events: ids that are never given twice, and a memory of them that does not grow for ever.

      -- A source that is restored from a backup would count on from where the backup was, and its receivers, who remember what arrived, would take new events for
      -- old ones. So an id is of the moment (microseconds since 2020, enough until 2091) and of chance (12 bits) instead of a sequence. Ids still rise.
      ALTER TABLE outbox.event ALTER COLUMN id DROP IDENTITY;

      CREATE OR REPLACE FUNCTION outbox.emit(receiver smallint, topic text, payload jsonb) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      DECLARE
        v_id bigint;
      BEGIN
        LOOP
          INSERT INTO outbox.event AS e (id, receiver, topic, payload, xid)
          VALUES ((extract(epoch FROM clock_timestamp() - timestamptz '2020-01-01 00:00:00+00') * 1000000)::bigint * 4096
              + floor(random() * 4096)::bigint,
            emit.receiver, emit.topic, emit.payload, pg_current_xact_id())
          ON CONFLICT (id) DO NOTHING RETURNING e.id INTO v_id;
          EXIT WHEN v_id IS NOT NULL;
        END LOOP;
        PERFORM outbox.append_pointer(k.id, int8send(v_id)) FROM outbox.kind AS k WHERE k.name = 'event';
        RETURN v_id;
      END
      $$;

      -- When an id arrived last. What its source acknowledged as taken long ago does not come again.
      ALTER TABLE outbox.inbox_seen ADD COLUMN seen timestamptz NOT NULL DEFAULT clock_timestamp();
      -- Serves: the pruner, oldest first.
      CREATE INDEX inbox_seen_age ON outbox.inbox_seen (stream, seen);

      """##,
    sha256: "d07fb3f46a979f11bf135dbe3ece55d1b78438e5dc451f348b7c0e13b5dca9a7")

  private static let migration0014 = Migration(
    version: 14,
    name: "events_lost",
    sql: ##"""
      -- The last event of each receiver that was deleted because it had arrived. It goes with the next one: a receiver that was restored to before it, and is never
      -- given it again, learns so that it lost something.
      CREATE TABLE outbox.event_forgotten (
        receiver smallint PRIMARY KEY CHECK (receiver BETWEEN 0 AND 4095),
        id bigint NOT NULL,
        forgotten timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      SELECT outbox.add_service_table('event_forgotten');

      """##,
    sha256: "4081bd4741a03c62936446f57d1196232099d72647502306c0a9d7ef4c757269")

  private static let migration0015 = Migration(
    version: 15,
    name: "event_marks",
    sql: ##"""
      -- What a receiver lost is found by marks. The greatest id of what was forgotten proved nothing: ids are of the moment of emission, events arrive in the order of their
      -- commits, and one that was emitted before and committed after another was lost unseen by a receiver that was restored to between the two.
      --
      -- A mark is an event without meaning. It is made when events have arrived, and they are deleted when it has arrived as well: whoever knows it has had all that it
      -- stands for. It is kept, and named, until the next one has arrived.
      ALTER TABLE outbox.event ADD COLUMN mark bigint;
      ALTER TABLE outbox.event_forgotten ALTER COLUMN id DROP NOT NULL;
      ALTER TABLE outbox.event_forgotten ADD COLUMN mark bigint;
      COMMENT ON COLUMN outbox.event.mark IS 'The mark that stands for this event, which has arrived; null when none does yet.';
      COMMENT ON COLUMN outbox.event_forgotten.id IS 'The mark that arrived last: what it stood for is deleted.';
      COMMENT ON COLUMN outbox.event_forgotten.mark IS 'The mark that is under way.';

      -- A mark that came while its stream was started over may have come before what it stands for.
      ALTER TABLE outbox.inbox_seen ADD COLUMN provisional boolean NOT NULL DEFAULT false;
      -- Serves: making marks firm when the stream is whole.
      CREATE INDEX inbox_seen_provisional ON outbox.inbox_seen (stream) WHERE provisional;

      -- As before, and refuses topics that a receiver would not take for events.
      CREATE OR REPLACE FUNCTION outbox.emit(receiver smallint, topic text, payload jsonb) RETURNS bigint
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
      AS $$
      DECLARE
        v_id bigint;
      BEGIN
        IF starts_with(emit.topic, 'outbox.') THEN
          RAISE EXCEPTION 'outbox: topics that begin with outbox. are its own' USING ERRCODE = 'check_violation';
        END IF;
        LOOP
          INSERT INTO outbox.event AS e (id, receiver, topic, payload, xid)
          VALUES ((extract(epoch FROM clock_timestamp() - timestamptz '2020-01-01 00:00:00+00') * 1000000)::bigint * 4096
              + floor(random() * 4096)::bigint,
            emit.receiver, emit.topic, emit.payload, pg_current_xact_id())
          ON CONFLICT (id) DO NOTHING RETURNING e.id INTO v_id;
          EXIT WHEN v_id IS NOT NULL;
        END LOOP;
        PERFORM outbox.append_pointer(k.id, int8send(v_id)) FROM outbox.kind AS k WHERE k.name = 'event';
        RETURN v_id;
      END
      $$;

      """##,
    sha256: "ba1fc4ada1117a3259c38e26bc5f741f8c94c817d18ab8b575253771c1ae58f4")
}
