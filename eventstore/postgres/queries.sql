-- Statements by name. Parameters are typed by what the program sends.

-- name: append
CALL append_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
               $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36,
               $37, $38, $39, $40, $41, NULL, NULL, NULL, NULL, NULL, NULL, NULL)

-- name: settle
CALL settle_v1($1, $2, NULL, NULL, NULL, NULL, NULL, NULL, NULL)

-- name: check_mark
CALL check_mark_v1($1, $2, $3, $4, NULL, NULL)

-- name: enter_node
SELECT o_number, o_level FROM enter_node_v2($1, $2)

-- name: raise_level
CALL raise_level_v1($1, NULL)

-- name: show_node
SELECT pg_advisory_lock_shared('nodes'::regclass::oid::integer, hashtext(encode($1, 'hex')))

-- name: report_purged
UPDATE nodes SET purged_epoch = $2,
  purged = CASE WHEN purged_epoch = $2 THEN greatest(purged, $3) ELSE $3 END
WHERE node = $1

-- name: purged_by_all
SELECT coalesce((
  SELECT min(CASE WHEN n.purged_epoch = h.epoch THEN n.purged ELSE 0 END) FROM nodes n
  WHERE EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid = 'nodes'::regclass::oid
      AND l.objid::bigint = hashtext(encode(n.node, 'hex'))::bigint & 4294967295)), 0)
FROM head h

-- name: leave_node
DELETE FROM nodes WHERE node = $1

-- name: read_stream
SELECT e.position, e.instance, e.sequence, e.created_at, e.keep, e.body, e.version FROM (
  (SELECT position, instance, sequence, created_at, 1::smallint AS keep, body, version
   FROM log WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3)
  UNION ALL
  (SELECT position, instance, sequence, created_at, keep, body, version
   FROM segment WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3)
) e ORDER BY e.version LIMIT $3

-- name: read_log
SELECT e.position, e.instance, e.sequence, e.created_at, e.keep, e.body FROM (
  (SELECT position, instance, sequence, created_at, 1::smallint AS keep, body
   FROM log WHERE position > $1 ORDER BY position LIMIT $2)
  UNION ALL
  (SELECT position, instance, sequence, created_at, keep, body
   FROM segment WHERE position > $1 ORDER BY position LIMIT $2)
) e ORDER BY e.position LIMIT $2

-- name: read_instance_up
SELECT e.position, e.instance, e.sequence, e.created_at, e.keep, e.body FROM (
  (SELECT position, instance, sequence, created_at, 1::smallint AS keep, body
   FROM log WHERE instance = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence LIMIT $4)
  UNION ALL
  (SELECT position, instance, sequence, created_at, keep, body
   FROM segment WHERE instance = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence LIMIT $4)
) e ORDER BY e.sequence LIMIT $4

-- name: read_instance_down
SELECT e.position, e.instance, e.sequence, e.created_at, e.keep, e.body FROM (
  (SELECT position, instance, sequence, created_at, 1::smallint AS keep, body
   FROM log WHERE instance = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence DESC LIMIT $4)
  UNION ALL
  (SELECT position, instance, sequence, created_at, keep, body
   FROM segment WHERE instance = $1 AND sequence BETWEEN $2 AND $3 ORDER BY sequence DESC LIMIT $4)
) e ORDER BY e.sequence DESC LIMIT $4

-- name: read_head
SELECT version FROM heads WHERE stream = $1

-- name: read_sequence
SELECT sequence FROM sequences WHERE instance = $1

-- name: read_log_head
SELECT epoch, position, leaf_at_v1(position) FROM head

-- name: read_mark
SELECT epoch, position, leaf_at_v1($1), to_regclass('import') IS NOT NULL FROM head

-- name: read_leaf
SELECT leaf_at_v1($1)

-- name: read_position
SELECT epoch, position FROM head

-- name: read_end
SELECT epoch, position, stamp FROM head

-- name: read_head_position
SELECT position FROM head

-- name: read_import
SELECT position FROM import

-- name: poll
WITH shown AS (
  UPDATE nodes SET seen = clock_timestamp()
  WHERE node = $1 AND seen < clock_timestamp() - interval '10 minutes')
SELECT epoch, position, (SELECT count(*) FROM nodes WHERE number IS NOT NULL) FROM head

-- name: read_next_stamp
SELECT greatest(stamp, coalesce($1, floor(extract(epoch FROM clock_timestamp()) * 1000000)::bigint))
FROM head

-- name: read_subject_keys
SELECT EXISTS (SELECT FROM erased WHERE instance = $1 AND subject = $2), k.id, k.wrapped
FROM (SELECT) one LEFT JOIN data_keys k ON k.instance = $1 AND k.subject = $2
ORDER BY k.id

-- name: read_data_key
SELECT subject, wrapped FROM data_keys WHERE instance = $1 AND id = $2

-- name: read_day
SELECT position, stream FROM segment WHERE instance = $1 AND keep = $2 AND day = $3 LIMIT $4

-- name: prune_events
CALL prune_events_v1($1, $2, $3, $4)

-- name: take_lease
CALL take_lease_v1($1, $2, $3, $4, NULL, NULL, NULL)

-- name: release_lease
UPDATE leases SET holder = '' WHERE name = $1 AND holder = $2

-- name: wal_left
SELECT current_setting('wal_recycle') = 'off',
       (SELECT count(*) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$'
          AND substr(name, 9) < substr(pg_walfile_name($1::text::pg_lsn), 9))
