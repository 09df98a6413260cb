"""Keys that an erasure destroys, kept by the run beside the log: who asked for which event the
checker finds out by names and marks, which are personal. They are put back when all else was asked.

    kept_keys.keep(postgres)        once the nodes have made their tables; a standby copies it
    kept_keys.put_back(postgres)    after that the log can be read as before any erasure
"""

KEEP = """
CREATE SCHEMA kept;
CREATE TABLE kept.data_keys (LIKE muniment.data_keys);
CREATE FUNCTION kept.keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
  $$BEGIN INSERT INTO kept.data_keys SELECT OLD.*; RETURN NULL; END$$;
CREATE TRIGGER keep AFTER DELETE ON muniment.data_keys FOR EACH ROW EXECUTE FUNCTION kept.keep();
"""


def keep(postgres):
    postgres.query(KEEP)


def put_back(postgres):
    postgres.query("INSERT INTO muniment.data_keys SELECT * FROM kept.data_keys")
