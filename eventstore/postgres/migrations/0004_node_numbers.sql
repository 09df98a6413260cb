-- Each node has a number of its own, which stands in the ids that it makes (base/id.h).

ALTER TABLE nodes ADD COLUMN number smallint UNIQUE;

-- Numbers go round, so that one is not given out again until 4095 others were.
CREATE SEQUENCE node_numbers AS smallint MINVALUE 0 MAXVALUE 4094 START 0 CYCLE;

-- Enters a node, or a node again whose connection broke, and answers its number. A node that was
-- not seen for an hour has lost its number (one that is idle shows itself every 10 minutes), and
-- one that was not seen for 30 days its row.
CREATE FUNCTION enter_node_v1(p_node bytea) RETURNS smallint LANGUAGE plpgsql AS $$
DECLARE
  n smallint;
BEGIN
  PERFORM lock_log_v1();
  DELETE FROM nodes WHERE seen < clock_timestamp() - interval '30 days';
  UPDATE nodes SET number = NULL
  WHERE number IS NOT NULL AND seen < clock_timestamp() - interval '1 hour';
  SELECT number INTO n FROM nodes WHERE node = p_node;
  FOR i IN 1 .. 4095 LOOP
    EXIT WHEN n IS NOT NULL;
    n := nextval('node_numbers');
    IF EXISTS (SELECT FROM nodes WHERE number = n) THEN
      n := NULL;
    END IF;
  END LOOP;
  IF n IS NULL THEN
    RAISE EXCEPTION 'all 4095 numbers of nodes are taken';
  END IF;
  INSERT INTO nodes (node, batch, void, number) VALUES (p_node, 0, true, n)
  ON CONFLICT (node) DO UPDATE SET number = excluded.number, seen = excluded.seen;
  RETURN n;
END $$;
