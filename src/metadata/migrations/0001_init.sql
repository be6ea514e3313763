-- Times are microseconds since 1970-01-01 UTC. Text is never NULL. Kept to what PostgreSQL takes as well.

CREATE TABLE tenants (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  created_at_us BIGINT NOT NULL
);

CREATE TABLE tokens (
  token_id TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  sha256 TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at_us BIGINT NOT NULL
);

-- Every name that a dataset's tables may have, kept for ever: t, t_clean and t_quarantine.
-- last_suffix is the highest number handed out behind this name, so that finding the next is no search.
CREATE TABLE table_names (
  tenant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  last_suffix BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, name)
);

CREATE TABLE datasets (
  dataset_id TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  name TEXT NOT NULL,
  description TEXT NOT NULL,
  table_name TEXT NOT NULL,
  sync_enabled INTEGER NOT NULL,
  current_version BIGINT NOT NULL,
  created_at_us BIGINT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  deleted_at_us BIGINT,
  UNIQUE (tenant_id, table_name)
);
CREATE INDEX datasets_by_age ON datasets (tenant_id, created_at_us, dataset_id);

CREATE TABLE dataset_versions (
  dataset_id TEXT NOT NULL REFERENCES datasets (dataset_id),
  version BIGINT NOT NULL,
  file_name TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL,
  bytes BIGINT NOT NULL,
  row_count BIGINT NOT NULL,
  columns_json TEXT NOT NULL,
  silver_plan_json TEXT NOT NULL,
  source_format TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  PRIMARY KEY (dataset_id, version)
);

CREATE TABLE sync_states (
  dataset_id TEXT NOT NULL PRIMARY KEY REFERENCES datasets (dataset_id),
  status TEXT NOT NULL,
  waiting_for TEXT NOT NULL,
  waiting_since_us BIGINT,
  next_attempt_at_us BIGINT,
  lakehouse TEXT NOT NULL,
  bronze_kind TEXT NOT NULL,
  bronze_table TEXT NOT NULL,
  silver_table TEXT NOT NULL,
  synced_version BIGINT,
  synced_sha256 TEXT NOT NULL,
  last_sync_at_us BIGINT,
  last_sync_error TEXT NOT NULL,
  row_count_bronze BIGINT,
  row_count_silver BIGINT,
  rows_quarantined BIGINT,
  duplicates_removed BIGINT,
  attempts BIGINT NOT NULL,
  wanted_version BIGINT,
  open_wants BIGINT NOT NULL
);
CREATE INDEX sync_states_by_status ON sync_states (status, waiting_since_us);

-- Numbers that grow and are never used again, in the transaction that uses them.
CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('outbox', 0);

-- No foreign key: a want outlives its dataset (drop after delete).
CREATE TABLE outbox (
  row_id BIGINT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  sha256 TEXT NOT NULL,
  table_name TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  next_try_at_us BIGINT NOT NULL,
  tries BIGINT NOT NULL,
  last_error TEXT NOT NULL
);

CREATE TABLE sync_runs (
  run_id TEXT NOT NULL PRIMARY KEY,
  dataset_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  started_at_us BIGINT NOT NULL,
  ended_at_us BIGINT,
  outcome TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts BIGINT NOT NULL
);
CREATE INDEX sync_runs_by_dataset ON sync_runs (dataset_id, started_at_us);

-- The local lakehouse's catalogue. No foreign key: tables stay when their dataset is deleted.
CREATE TABLE lakehouse_tables (
  tenant_id TEXT NOT NULL,
  schema_name TEXT NOT NULL,
  table_name TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  kind TEXT NOT NULL,
  location TEXT NOT NULL,
  data_file TEXT NOT NULL,
  row_count BIGINT NOT NULL,
  columns_json TEXT NOT NULL,
  updated_at_us BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, schema_name, table_name)
);
