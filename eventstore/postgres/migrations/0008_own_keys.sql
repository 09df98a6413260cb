-- A stream's own keys, and the mark of their destruction, go with its last event (FORMAT.md, Data
-- keys).

-- Deletes events that expired, and what goes with the last of a stream. `p_streams` are the streams of
-- these events, `p_subjects` whose keys are their own. Few streams have such keys: the events of the others
-- go without the lock (a key that comes meanwhile comes with an event). While it holds the lock nobody
-- appends to a stream whose keys go.
CREATE PROCEDURE prune_events_v1(
  p_instance bigint, p_positions bigint[], p_streams bytea[], p_subjects bytea[])
LANGUAGE plpgsql AS $$
DECLARE
  keyed bytea[];
  ended bytea[];
BEGIN
  SELECT coalesce(array_agg(s.stream), '{}') INTO keyed
  FROM unnest(p_streams, p_subjects) s(stream, subject)
  WHERE EXISTS (SELECT FROM data_keys k WHERE k.instance = p_instance AND k.subject = s.subject)
    OR EXISTS (SELECT FROM erased x WHERE x.instance = p_instance AND x.subject = s.subject);
  DELETE FROM segment WHERE position = ANY (p_positions) AND stream <> ALL (keyed);
  COMMIT;
  IF cardinality(keyed) = 0 THEN
    RETURN;
  END IF;
  PERFORM lock_log_v1();
  DELETE FROM segment WHERE position = ANY (p_positions);
  SELECT array_agg(s.subject) INTO ended
  FROM unnest(p_streams, p_subjects) s(stream, subject)
  WHERE s.stream = ANY (keyed)
    AND NOT EXISTS (SELECT FROM segment e WHERE e.stream = s.stream)
    AND NOT EXISTS (SELECT FROM log e WHERE e.stream = s.stream);
  IF ended IS NOT NULL THEN
    DELETE FROM data_keys WHERE instance = p_instance AND subject = ANY (ended);
    DELETE FROM erased WHERE instance = p_instance AND subject = ANY (ended);
  END IF;
  COMMIT;
END $$;
