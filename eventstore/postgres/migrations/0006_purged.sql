-- How far a node's read models have let go of what was removed and erased, in which epoch. An erasure
-- is done when every node that lives has said so; that it lives is told by an advisory lock of its
-- listening session, named by its row.

ALTER TABLE nodes ADD COLUMN purged_epoch bigint, ADD COLUMN purged bigint;
