-- A term is the microsecond in which it was given, and above the one before it. A standby that was
-- promoted without the newest leases has an older term, and a number that is counted up would be
-- given out twice: once before the loss, once after it.
--
-- This replaces a procedure, which 0002 forbids where two releases would differ by it. Here they may not:
-- one that still counted up could give out a term of the past. Its parameters and answers are as
-- before, and a node takes any term that rises, so an older release that calls it gets what it knows.

CREATE OR REPLACE PROCEDURE take_lease_v1(
  p_name bytea, p_holder bytea, p_ttl bigint, p_now bigint,
  OUT o_term bigint, OUT o_held boolean, OUT o_left bigint)
LANGUAGE plpgsql AS $$
DECLARE
  now_us bigint := coalesce(p_now, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
  l leases%ROWTYPE;
BEGIN
  UPDATE leases SET ends = now_us + p_ttl, ttl = p_ttl WHERE name = p_name AND holder = p_holder
  RETURNING term INTO o_term;
  IF FOUND THEN
    o_held := true;
    o_left := p_ttl;
    COMMIT;
    RETURN;
  END IF;
  UPDATE leases SET ends = now_us + ttl WHERE name = p_name AND ends > now_us + ttl;
  SELECT * INTO l FROM leases WHERE name = p_name;
  IF l.holder <> '' AND l.ends > now_us THEN
    o_term := l.term;
    o_held := false;
    o_left := l.ends - now_us;
    COMMIT;
    RETURN;
  END IF;

  COMMIT;  -- it holds no row while it waits for the lock
  PERFORM lock_log_v1();
  now_us := coalesce(p_now, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint);
  INSERT INTO leases AS s (name, term, holder, ends, ttl)
  VALUES (p_name, now_us, p_holder, now_us + p_ttl, p_ttl)
  ON CONFLICT (name) DO UPDATE SET term = greatest(s.term + 1, now_us), holder = excluded.holder,
    ends = excluded.ends, ttl = excluded.ttl
  WHERE s.holder = '' OR s.ends <= now_us;
  SELECT * INTO l FROM leases WHERE name = p_name;
  o_term := l.term;
  o_held := l.holder = p_holder;
  o_left := l.ends - now_us;
  COMMIT;
END $$;
