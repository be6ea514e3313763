-- What was asked of the workflows and has not ended. An activity obeys a want only if it stands here, for whoever reaches Temporal can send one. A row goes when a run of its dataset with this order, or a later one, has ended. No foreign key: a drop outlives its dataset.
CREATE TABLE wants (
  row_id BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  table_name TEXT NOT NULL,
  asked_at_us BIGINT NOT NULL
);
CREATE INDEX wants_by_dataset ON wants (dataset_id, row_id);
INSERT INTO wants SELECT row_id, kind, dataset_id, tenant_id, version, sha256, table_name, created_at_us FROM outbox;
-- Wants up to this order may be in flight without a row, from before there were any.
INSERT INTO counters (name, value) SELECT 'wants_unrecorded', value FROM counters WHERE name = 'outbox';
