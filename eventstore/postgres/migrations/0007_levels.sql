-- The format level that each node reads, and the highest that the log may hold (FORMAT.md, Format
-- level). A node of a release before this one reads level 1.

ALTER TABLE nodes ADD COLUMN level integer NOT NULL DEFAULT 1;
ALTER TABLE head ADD COLUMN level integer NOT NULL DEFAULT 1;

-- As enter_node_v1, of a node that reads this level. Answers the log's too; where that is higher,
-- no number, and the node is not entered.
CREATE FUNCTION enter_node_v2(
  p_node bytea, p_level integer, OUT o_number smallint, OUT o_level integer)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_log_v1();
  SELECT level INTO o_level FROM head;
  IF o_level <= p_level THEN
    o_number := enter_node_v1(p_node);
    UPDATE nodes SET level = p_level WHERE node = p_node;
  END IF;
END $$;

-- Lets the log hold events of this level, where every node that lives reads them; a node that was
-- not seen for an hour is gone. From then on nobody enters who does not, and programs that know of no
-- levels do not open the schema. Answers the log's level.
CREATE PROCEDURE raise_level_v1(p_level integer, OUT o_level integer)
LANGUAGE plpgsql AS $$
BEGIN
  PERFORM lock_log_v1();
  SELECT level INTO o_level FROM head;
  IF o_level < p_level AND NOT EXISTS (
    SELECT FROM nodes WHERE number IS NOT NULL AND level < p_level
      AND seen > clock_timestamp() - interval '1 hour')
  THEN
    UPDATE head SET level = p_level;
    UPDATE schema_version SET usable_from = version WHERE version = 7;
    o_level := p_level;
  END IF;
  COMMIT;
END $$;
