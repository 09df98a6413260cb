-- What runs on the server. Names carry a version: nodes of two releases may run side by side, so a
-- procedure is never changed, a new one is added.

-- The leaf of an event (FORMAT.md, Leaf hash).
CREATE FUNCTION leaf_v1(bigint, bigint, bigint, bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT sha256('\x00'::bytea || int8send($1) || int8send($2) || int8send($3) || $4)
$$;

-- The leaf at a position; null where no event stands.
CREATE FUNCTION leaf_at_v1(bigint) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT leaf_v1(instance, sequence, created_at, body) FROM log WHERE position = $1
  UNION ALL
  SELECT leaf_v1(instance, sequence, created_at, body) FROM segment WHERE position = $1
$$;

-- One lock orders all that changes the log. It is its transaction's first statement: whatever is
-- read in a later one is what the holder before left.
CREATE FUNCTION lock_log_v1() RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT pg_advisory_xact_lock(1836411252, ('head'::regclass)::oid::integer)
$$;

-- Makes partitions up to half a partition beyond `up_to`. The caller holds the lock. Attaching
-- stops neither readers nor other writers.
CREATE FUNCTION extend_log_v1(up_to bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  h head%ROWTYPE;
  name text;
BEGIN
  SELECT * INTO h FROM head;
  WHILE h.log_end <= up_to + h.log_step / 2 LOOP
    name := 'log_' || h.log_end;
    EXECUTE format('CREATE TABLE %I (LIKE log INCLUDING ALL)', name);
    EXECUTE format('ALTER TABLE log ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                   name, h.log_end, h.log_end + h.log_step);
    h.log_end := h.log_end + h.log_step;
  END LOOP;
  UPDATE head SET log_end = h.log_end;
END $$;

-- As extend_log_v1, but while `up_to` has its partition this waits for nobody.
CREATE FUNCTION extend_log_ahead_v1(up_to bigint, log_end bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF log_end <= up_to THEN
    PERFORM extend_log_v1(up_to);
    RETURN;
  END IF;
  BEGIN
    PERFORM set_config('lock_timeout', '50ms', true);
    PERFORM extend_log_v1(up_to);
    PERFORM set_config('lock_timeout', '0', true);
  EXCEPTION WHEN lock_not_available THEN
    NULL;  -- the next batch tries again
  END;
END $$;

-- A batch: verdicts[i] of command i is 0 stored (or, without events, checked), 1 conflict,
-- 2 a claim is taken, 3 a key's id stands for another record, 4 its lease has a newer term. Commands of
-- a batch touch neither streams nor claims that another of them writes, so each is judged by what stood
-- before the batch.
-- It commits by itself, before its answer is sent: a client that stops anywhere holds no lock.
--
-- c_: a command: its instance as an index of p_instances, the number of its events
-- r_: a stream that was read      w_: a stream that is written and its new version
-- e_: an event                    k_: a data key      x_: an erased subject
-- t_: a claim that is taken; doomed: the commit itself holds it in another slot
-- g_: a slot given back, null for all of its stream; t_ and g_ are ordered within their command
-- f_: a claim as it stands after the command
-- l_: a lease and the term of it under which the command was decided
-- Answered: whether it ran; the slots of the commands with verdict 2, in order; position and
-- sequences before it; its stamp.
CREATE PROCEDURE append_v1(
  p_node bytea, p_batch bigint, p_now bigint, p_instances bigint[],
  c_instance integer[], c_events integer[],
  r_command integer[], r_stream bytea[], r_version bigint[],
  w_command integer[], w_stream bytea[], w_version bigint[],
  e_command integer[], e_index integer[], e_stream bytea[], e_version bigint[],
  e_keep smallint[], e_body bytea[],
  t_command integer[], t_order integer[], t_stream bytea[], t_slot bytea[], t_key bytea[],
  t_doomed boolean[],
  g_command integer[], g_order integer[], g_stream bytea[], g_slot bytea[],
  f_command integer[], f_stream bytea[], f_slot bytea[], f_key bytea[],
  k_command integer[], k_id bytea[], k_subject bytea[], k_wrapped bytea[],
  x_command integer[], x_subject bytea[],
  l_command integer[], l_name bytea[], l_term bigint[],
  OUT o_ran boolean, OUT o_verdicts smallint[], OUT o_slots bytea[], OUT o_position bigint,
  OUT o_sequences bigint[], OUT o_stamp bigint, OUT o_epoch bigint)
LANGUAGE plpgsql AS $$
DECLARE
  h head%ROWTYPE;
  seen bigint;
  found record;
  positions bigint[] := array_fill(0::bigint, ARRAY[cardinality(c_events)]);
  firsts bigint[] := positions;
  instances bigint[] := positions;
  sequences_after bigint[];
  last bigint;
  expiring boolean := false;
BEGIN
  o_ran := false;
  PERFORM lock_log_v1();
  SELECT n.batch INTO seen FROM nodes n WHERE n.node = p_node;
  IF seen >= p_batch THEN
    COMMIT;
    RETURN;
  END IF;
  SELECT * INTO h FROM head;
  SELECT array_agg(coalesce(s.sequence, 0) ORDER BY i.n) INTO o_sequences
  FROM unnest(p_instances) WITH ORDINALITY i(instance, n)
  LEFT JOIN sequences s ON s.instance = i.instance;
  o_ran := true;
  o_epoch := h.epoch;
  o_position := h.position;
  o_stamp := greatest(h.stamp, coalesce(p_now,
    floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint));
  o_verdicts := array_fill(0::smallint, ARRAY[cardinality(c_events)]);
  o_slots := '{}';
  FOR i IN 1 .. cardinality(c_events) LOOP
    instances[i] := p_instances[c_instance[i]];
  END LOOP;

  IF cardinality(l_command) > 0 THEN
    FOR found IN
      SELECT l.command FROM unnest(l_command, l_name, l_term) l(command, name, term)
      LEFT JOIN leases s ON s.name = l.name
      WHERE s.term IS DISTINCT FROM l.term
    LOOP
      o_verdicts[found.command] := 4;
    END LOOP;
  END IF;

  FOR found IN
    SELECT r.command FROM unnest(r_command, r_stream, r_version) r(command, stream, version)
    LEFT JOIN heads d ON d.stream = r.stream
    WHERE coalesce(d.version, 0) <> r.version
  LOOP
    IF o_verdicts[found.command] = 0 THEN
      o_verdicts[found.command] := 1;
    END IF;
  END LOOP;

  IF cardinality(k_command) > 0 THEN
    FOR found IN
      SELECT k.command FROM unnest(k_command, k_subject) k(command, subject)
      JOIN erased x ON x.instance = instances[k.command] AND x.subject = k.subject
    LOOP
      IF o_verdicts[found.command] = 0 THEN
        o_verdicts[found.command] := 1;
      END IF;
    END LOOP;
    FOR found IN
      SELECT k.command FROM unnest(k_command, k_id, k_subject, k_wrapped)
        k(command, id, subject, wrapped)
      JOIN data_keys d ON d.instance = instances[k.command] AND d.id = k.id
      WHERE d.subject <> k.subject OR d.wrapped <> k.wrapped
    LOOP
      IF o_verdicts[found.command] = 0 THEN
        o_verdicts[found.command] := 3;
      END IF;
    END LOOP;
  END IF;

  IF cardinality(t_command) > 0 THEN
    FOR found IN
      SELECT t.command, t.slot
      FROM unnest(t_command, t_order, t_stream, t_slot, t_key, t_doomed)
        t(command, place, stream, slot, key, doomed)
      LEFT JOIN claims c ON c.instance = instances[t.command] AND c.key = t.key
      WHERE t.doomed OR (
        (c.stream <> t.stream OR c.slot <> t.slot)
        AND NOT EXISTS (
          SELECT FROM unnest(g_command, g_order, g_stream, g_slot) g(command, place, stream, slot)
          WHERE g.command = t.command AND g.place < t.place AND g.stream = c.stream
            AND (g.slot IS NULL OR g.slot = c.slot)))
      ORDER BY t.command, t.place
    LOOP
      IF o_verdicts[found.command] = 0 THEN
        o_verdicts[found.command] := 2;
        o_slots := o_slots || found.slot;
      END IF;
    END LOOP;
  END IF;

  last := h.position;
  sequences_after := o_sequences;
  FOR i IN 1 .. cardinality(c_events) LOOP
    IF o_verdicts[i] = 0 AND c_events[i] > 0 THEN
      positions[i] := last;
      firsts[i] := sequences_after[c_instance[i]];
      last := last + c_events[i];
      sequences_after[c_instance[i]] := firsts[i] + c_events[i];
    END IF;
  END LOOP;
  -- Mere checks and refusals leave nothing to make durable.
  IF last = h.position THEN
    COMMIT;
    RETURN;
  END IF;
  IF h.log_end <= last + h.log_step / 2 THEN
    PERFORM extend_log_ahead_v1(last, h.log_end);
  END IF;

  IF cardinality(g_command) > 0 THEN
    DELETE FROM claims c USING unnest(g_command, g_stream, g_slot) g(command, stream, slot)
    WHERE o_verdicts[g.command] = 0 AND c.stream = g.stream
      AND (g.slot IS NULL OR c.slot = g.slot);
  END IF;
  IF cardinality(f_command) > 0 THEN
    INSERT INTO claims (instance, key, stream, slot)
    SELECT instances[f.command], f.key, f.stream, f.slot
    FROM unnest(f_command, f_stream, f_slot, f_key) f(command, stream, slot, key)
    WHERE o_verdicts[f.command] = 0;
  END IF;
  IF cardinality(k_command) > 0 THEN
    INSERT INTO data_keys (instance, id, subject, wrapped)
    SELECT instances[k.command], k.id, k.subject, k.wrapped
    FROM unnest(k_command, k_id, k_subject, k_wrapped) k(command, id, subject, wrapped)
    WHERE o_verdicts[k.command] = 0
    ON CONFLICT DO NOTHING;
  END IF;
  IF cardinality(x_command) > 0 THEN
    DELETE FROM data_keys d USING unnest(x_command, x_subject) x(command, subject)
    WHERE o_verdicts[x.command] = 0 AND d.instance = instances[x.command]
      AND d.subject = x.subject;
    INSERT INTO erased (instance, subject)
    SELECT instances[x.command], x.subject FROM unnest(x_command, x_subject) x(command, subject)
    WHERE o_verdicts[x.command] = 0
    ON CONFLICT DO NOTHING;
  END IF;

  INSERT INTO log (position, instance, sequence, created_at, stream, version, body)
  SELECT positions[e.command] + e.index, instances[e.command], firsts[e.command] + e.index, o_stamp,
         e.stream, e.version, e.body
  FROM unnest(e_command, e_index, e_stream, e_version, e_keep, e_body)
    e(command, index, stream, version, keep, body)
  WHERE o_verdicts[e.command] = 0 AND e.keep = 1;
  IF 1 <> ANY (e_keep) THEN
    INSERT INTO segment (position, instance, sequence, created_at, stream, version, keep, day, body)
    SELECT positions[e.command] + e.index, instances[e.command], firsts[e.command] + e.index,
           o_stamp, e.stream, e.version, e.keep, (o_stamp / 86400000000)::integer, e.body
    FROM unnest(e_command, e_index, e_stream, e_version, e_keep, e_body)
      e(command, index, stream, version, keep, body)
    WHERE o_verdicts[e.command] = 0 AND e.keep <> 1;
  END IF;
  INSERT INTO heads AS d (stream, version)
  SELECT w.stream, w.version FROM unnest(w_command, w_stream, w_version) w(command, stream, version)
  WHERE o_verdicts[w.command] = 0
  ON CONFLICT (stream) DO UPDATE SET version = excluded.version;
  INSERT INTO sequences AS s (instance, sequence)
  SELECT i.instance, i.sequence FROM unnest(p_instances, sequences_after) i(instance, sequence)
  WHERE i.sequence > 0
  ON CONFLICT (instance) DO UPDATE SET sequence = excluded.sequence;
  UPDATE head SET position = last, stamp = o_stamp;
  INSERT INTO nodes AS n (node, batch, void, verdicts, slots, position, sequences, stamp, epoch)
  VALUES (p_node, p_batch, false, o_verdicts, o_slots, o_position, o_sequences, o_stamp, o_epoch)
  ON CONFLICT (node) DO UPDATE SET batch = excluded.batch, void = excluded.void,
    verdicts = excluded.verdicts, slots = excluded.slots, position = excluded.position,
    sequences = excluded.sequences, stamp = excluded.stamp, epoch = excluded.epoch,
    seen = excluded.seen;
  PERFORM pg_notify(current_schema() || '_log', last::text);
  COMMIT;
END $$;

-- What became of a node's batch whose answer was lost. One that did not run is declared void: it
-- will not run, even when it still waits for the lock on a connection that the node gave up.
CREATE PROCEDURE settle_v1(
  p_node bytea, p_batch bigint,
  OUT o_ran boolean, OUT o_verdicts smallint[], OUT o_slots bytea[], OUT o_position bigint,
  OUT o_sequences bigint[], OUT o_stamp bigint, OUT o_epoch bigint)
LANGUAGE plpgsql AS $$
DECLARE
  n nodes%ROWTYPE;
BEGIN
  PERFORM lock_log_v1();
  SELECT * INTO n FROM nodes WHERE node = p_node;
  o_ran := coalesce(n.batch = p_batch AND NOT n.void, false);
  IF o_ran THEN
    o_verdicts := n.verdicts;
    o_slots := n.slots;
    o_position := n.position;
    o_sequences := n.sequences;
    o_stamp := n.stamp;
    o_epoch := n.epoch;
  ELSE
    INSERT INTO nodes AS m (node, batch, void) VALUES (p_node, p_batch, true)
    ON CONFLICT (node) DO UPDATE SET batch = excluded.batch, void = true, seen = excluded.seen
    WHERE m.batch < excluded.batch;
  END IF;
  COMMIT;
END $$;

-- Raises the epoch when the log ends before what a node has seen of it, or holds another event
-- there (FORMAT.md, Epochs). `p_hash` is the leaf at `p_position`, empty where it is not known;
-- `p_seen` is the newest position the node knows of.
CREATE PROCEDURE check_mark_v1(
  p_epoch bigint, p_position bigint, p_hash bytea, p_seen bigint,
  OUT o_epoch bigint, OUT o_position bigint)
LANGUAGE plpgsql AS $$
DECLARE
  stands bytea;
BEGIN
  PERFORM lock_log_v1();
  SELECT epoch, position INTO o_epoch, o_position FROM head;
  IF o_epoch < p_epoch THEN
    o_epoch := p_epoch + 1;
    UPDATE head SET epoch = o_epoch;
  ELSIF o_epoch = p_epoch THEN
    stands := leaf_at_v1(p_position);
    IF o_position < greatest(p_position, p_seen) OR (p_hash <> '' AND stands <> p_hash) THEN
      o_epoch := p_epoch + 1;
      UPDATE head SET epoch = o_epoch;
    END IF;
  END IF;
  COMMIT;
END $$;
