-- A counter of wants not yet begun becomes the order of the want whose run ended last: two runs cannot be mixed up.
ALTER TABLE sync_states DROP COLUMN open_wants;
ALTER TABLE sync_states ADD COLUMN settled_order BIGINT NOT NULL DEFAULT 0;
