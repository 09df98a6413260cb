-- A stream's own keys, and the mark of their destruction, go with its last event (FORMAT.md, Data
-- keys).

-- Deletes events that expired, and what goes with the last of a stream. `p_streams` are the streams of
-- these events, `p_subjects` whose keys are their own. While it holds the lock nobody appends to a
-- stream whose keys go.
CREATE PROCEDURE prune_events_v1(
  p_instance bigint, p_positions bigint[], p_streams bytea[], p_subjects bytea[])
LANGUAGE plpgsql AS $$
DECLARE
  ended bytea[];
BEGIN
  PERFORM lock_log_v1();
  DELETE FROM segment WHERE position = ANY (p_positions);
  -- Few streams have keys of their own: of the others nobody asks what is left.
  SELECT array_agg(s.subject) INTO ended
  FROM unnest(p_streams, p_subjects) s(stream, subject)
  WHERE CASE
    WHEN EXISTS (SELECT FROM data_keys k WHERE k.instance = p_instance AND k.subject = s.subject)
      OR EXISTS (SELECT FROM erased x WHERE x.instance = p_instance AND x.subject = s.subject)
    THEN NOT EXISTS (SELECT FROM segment e WHERE e.stream = s.stream)
      AND NOT EXISTS (SELECT FROM log e WHERE e.stream = s.stream)
    ELSE false END;
  IF ended IS NOT NULL THEN
    DELETE FROM data_keys WHERE instance = p_instance AND subject = ANY (ended);
    DELETE FROM erased WHERE instance = p_instance AND subject = ANY (ended);
  END IF;
  COMMIT;
END $$;
