-- The tables of the log (FORMAT.md, Where it stands in PostgreSQL). u64 numbers of ours stand in
-- bigint bit by bit; a stream's key is instance || type || aggregate || len(id) || id, so that the
-- instance is the beginning of every index on it.

-- One row: where the log ends. Whoever changes anything holds the append lock first.
CREATE TABLE head (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  epoch bigint NOT NULL DEFAULT 1,
  position bigint NOT NULL DEFAULT 0,
  stamp bigint NOT NULL DEFAULT 0,
  log_end bigint NOT NULL DEFAULT 1,         -- the first position without a partition
  log_step bigint NOT NULL DEFAULT 10000000  -- positions of a partition
) WITH (fillfactor = 10);
INSERT INTO head DEFAULT VALUES;

-- Events that are kept forever; partitions log_<first position> are made ahead.
CREATE TABLE log (
  position bigint NOT NULL,
  instance bigint NOT NULL,
  sequence bigint NOT NULL,
  created_at bigint NOT NULL,
  stream bytea NOT NULL,
  version bigint NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (position)
) PARTITION BY RANGE (position);
ALTER TABLE log ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX log_instance ON log (instance, sequence);
CREATE INDEX log_stream ON log (stream, version);

-- Events of classes that expire; they leave by days.
CREATE TABLE segment (
  position bigint NOT NULL PRIMARY KEY,
  instance bigint NOT NULL,
  sequence bigint NOT NULL,
  created_at bigint NOT NULL,
  stream bytea NOT NULL,
  version bigint NOT NULL,
  keep smallint NOT NULL,
  day integer NOT NULL,
  body bytea NOT NULL
);
ALTER TABLE segment ALTER COLUMN body SET STORAGE EXTERNAL;
CREATE INDEX segment_instance ON segment (instance, sequence);
CREATE INDEX segment_stream ON segment (stream, version);
CREATE INDEX segment_day ON segment (instance, keep, day);

CREATE TABLE heads (
  stream bytea PRIMARY KEY,
  version bigint NOT NULL
) WITH (fillfactor = 80);

CREATE TABLE sequences (
  instance bigint PRIMARY KEY,
  sequence bigint NOT NULL
) WITH (fillfactor = 20);

CREATE TABLE claims (
  instance bigint NOT NULL,
  key bytea NOT NULL,
  stream bytea NOT NULL,
  slot bytea NOT NULL,
  PRIMARY KEY (instance, key),
  CONSTRAINT claims_slot UNIQUE (stream, slot)
);

-- The one table that a dump leaves out: data keys are backed up apart.
CREATE TABLE data_keys (
  instance bigint NOT NULL,
  id bytea NOT NULL,
  subject bytea NOT NULL,
  wrapped bytea NOT NULL,
  PRIMARY KEY (instance, id)
);
CREATE INDEX data_keys_subject ON data_keys (instance, subject);

CREATE TABLE erased (
  instance bigint NOT NULL,
  subject bytea NOT NULL,
  PRIMARY KEY (instance, subject)
);

-- One row a node: its last batch that changed something, or that was declared void, with the
-- verdicts. A batch whose number does not rise is not run.
CREATE TABLE nodes (
  node bytea PRIMARY KEY,
  batch bigint NOT NULL,
  void boolean NOT NULL,
  verdicts smallint[],
  slots bytea[],
  position bigint,
  sequences bigint[],
  stamp bigint,
  epoch bigint,
  seen timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);
