-- metadata.db as commit 09eca51 wrote it: its eight migrations, and a row in every table by calls of its Store.
BEGIN TRANSACTION;
CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO "counters" VALUES('outbox',5);
INSERT INTO "counters" VALUES('wants_unrecorded',0);
CREATE TABLE damaged_files (
  file TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  found_at_us BIGINT NOT NULL
);
INSERT INTO "damaged_files" VALUES('b1.parquet','data','01890000-0000-7000-8000-00000000000b','acme',1700000002000000);
CREATE TABLE dataset_profiles (
  dataset_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  profile_json TEXT NOT NULL,
  PRIMARY KEY (dataset_id, version)
);
INSERT INTO "dataset_profiles" VALUES('01890000-0000-7000-8000-00000000000a',1,'{"columns":[]}');
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
  created_at_us BIGINT NOT NULL, source_name TEXT NOT NULL DEFAULT '', source_file TEXT NOT NULL DEFAULT '', source_bytes BIGINT NOT NULL DEFAULT 0, ingest_json TEXT NOT NULL DEFAULT '', rows_rejected BIGINT NOT NULL DEFAULT 0, rejects_file TEXT NOT NULL DEFAULT '', profiled_at_us BIGINT NOT NULL DEFAULT 0, profile_attempts BIGINT NOT NULL DEFAULT 0, next_profile_at_us BIGINT NOT NULL DEFAULT 0, rejects_sha256 TEXT NOT NULL DEFAULT '', source_sha256 TEXT NOT NULL DEFAULT '', packed_sha256 TEXT NOT NULL DEFAULT '', verified_at_us BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (dataset_id, version)
);
INSERT INTO "dataset_versions" VALUES('01890000-0000-7000-8000-00000000000a',1,'a1.parquet','sha-a1.parquet',5000000000,3,'[{"name":"id","original":"Id","type":"BIGINT","reason":"every cell is a canonical integer"},{"name":"groesse","original":"Grö\"ße\n","type":"VARCHAR","reason":""}]','{"a":"it''s"}','csv',1700000000000000,'größe.csv','a1.parquet.source',77,'{"delimiter":";"}',2,'a1.parquet.rejects',1700000001000000,0,0,'rejects-sha','source-sha','packed-sha',1700000000000000);
INSERT INTO "dataset_versions" VALUES('01890000-0000-7000-8000-00000000000a',2,'a2.parquet','sha-a2.parquet',5000000000,3,'[{"name":"id","original":"Id","type":"BIGINT","reason":"every cell is a canonical integer"},{"name":"groesse","original":"Grö\"ße\n","type":"VARCHAR","reason":""}]','{"a":"it''s"}','csv',1700000002000000,'größe.csv','a2.parquet.source',77,'{"delimiter":";"}',2,'a2.parquet.rejects',0,1,1700000002000005,'rejects-sha','source-sha','packed-sha',1700000002000000);
INSERT INTO "dataset_versions" VALUES('01890000-0000-7000-8000-00000000000b',1,'b1.parquet','sha-b1.parquet',5000000000,3,'[{"name":"id","original":"Id","type":"BIGINT","reason":"every cell is a canonical integer"},{"name":"groesse","original":"Grö\"ße\n","type":"VARCHAR","reason":""}]','{"a":"it''s"}','csv',1700000002000000,'größe.csv','b1.parquet.source',77,'{"delimiter":";"}',2,'b1.parquet.rejects',0,0,0,'rejects-sha','source-sha','packed-sha',1700000002000000);
INSERT INTO "dataset_versions" VALUES('01890000-0000-7000-8000-00000000000c',1,'c1.parquet','sha-c1.parquet',5000000000,3,'[{"name":"id","original":"Id","type":"BIGINT","reason":"every cell is a canonical integer"},{"name":"groesse","original":"Grö\"ße\n","type":"VARCHAR","reason":""}]','{"a":"it''s"}','csv',1700000002000000,'größe.csv','c1.parquet.source',77,'{"delimiter":";"}',2,'c1.parquet.rejects',0,0,0,'rejects-sha','source-sha','packed-sha',1700000002000000);
INSERT INTO "dataset_versions" VALUES('01890000-0000-7000-8000-00000000000d',1,'d1.parquet','sha-d1.parquet',5000000000,3,'[{"name":"id","original":"Id","type":"BIGINT","reason":"every cell is a canonical integer"},{"name":"groesse","original":"Grö\"ße\n","type":"VARCHAR","reason":""}]','{"a":"it''s"}','csv',1700000002000000,'größe.csv','d1.parquet.source',77,'{"delimiter":";"}',2,'d1.parquet.rejects',0,0,0,'rejects-sha','source-sha','packed-sha',1700000002000000);
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
INSERT INTO "datasets" VALUES('01890000-0000-7000-8000-00000000000a','acme','Größe der Äpfel','it''s "described"
here','gr_e_der_pfel',1,2,1700000000000000,1700000002000000,NULL);
INSERT INTO "datasets" VALUES('01890000-0000-7000-8000-00000000000b','acme','Größe der Äpfel','','gr_e_der_pfel_2',0,1,1700000002000000,1700000002000000,NULL);
INSERT INTO "datasets" VALUES('01890000-0000-7000-8000-00000000000c','acme','Gone','','gone',1,1,1700000002000000,1700000002000000,1700000002000000);
INSERT INTO "datasets" VALUES('01890000-0000-7000-8000-00000000000d','other','Theirs','','theirs',1,1,1700000002000000,1700000002000000,NULL);
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
  updated_at_us BIGINT NOT NULL, sha256 TEXT NOT NULL DEFAULT '', verified_at_us BIGINT NOT NULL DEFAULT 0,
  PRIMARY KEY (tenant_id, schema_name, table_name)
);
INSERT INTO "lakehouse_tables" VALUES('acme','bronze','t','01890000-0000-7000-8000-00000000000a',1,'external','/lake/t','part.parquet',10,'[{"name":"id","original":"Id","type":"BIGINT","reason":""}]',1700000001000000,'table-sha',1700000001000000);
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
INSERT INTO "outbox" VALUES(2,'sync','01890000-0000-7000-8000-00000000000a','acme',2,'sha-a2.parquet','gr_e_der_pfel',1700000002000000,1700000002000000,0,'');
INSERT INTO "outbox" VALUES(4,'resync','01890000-0000-7000-8000-00000000000b','acme',1,'sha-b1.parquet','gr_e_der_pfel_2',1700000002000000,1700000002000009,1,'Temporal is away.');
INSERT INTO "outbox" VALUES(5,'drop','01890000-0000-7000-8000-00000000000c','acme',1,'sha-c1.parquet','gone',1700000002000000,1700000002000000,0,'');
CREATE TABLE schema_migrations (name TEXT NOT NULL PRIMARY KEY, applied_at_us BIGINT NOT NULL);
INSERT INTO "schema_migrations" VALUES('0001_init',1700000000000000);
INSERT INTO "schema_migrations" VALUES('0002_settled_order',1700000000000000);
INSERT INTO "schema_migrations" VALUES('0003_uploads',1700000000000000);
INSERT INTO "schema_migrations" VALUES('0004_sources',1700000000000000);
INSERT INTO "schema_migrations" VALUES('0005_profiles',1700000000000000);
INSERT INTO "schema_migrations" VALUES('0006_sync_costs',1700000000000000);
INSERT INTO "schema_migrations" VALUES('0007_wants',1700000000000000);
INSERT INTO "schema_migrations" VALUES('0008_file_digests',1700000000000000);
CREATE TABLE sync_runs (
  run_id TEXT NOT NULL PRIMARY KEY,
  dataset_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  started_at_us BIGINT NOT NULL,
  ended_at_us BIGINT,
  outcome TEXT NOT NULL,
  error TEXT NOT NULL,
  attempts BIGINT NOT NULL
, tenant_id TEXT NOT NULL DEFAULT '', statements BIGINT NOT NULL DEFAULT 0, rest_calls BIGINT NOT NULL DEFAULT 0, bytes_uploaded BIGINT NOT NULL DEFAULT 0, warehouse_ms BIGINT NOT NULL DEFAULT 0);
INSERT INTO "sync_runs" VALUES('run/1','01890000-0000-7000-8000-00000000000a',1,100,200,'synced','',1,'acme',2,12,500,50);
INSERT INTO "sync_runs" VALUES('run/2','01890000-0000-7000-8000-00000000000a',1,300,NULL,'running','',0,'acme',1,1,1,1);
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
  wanted_version BIGINT, settled_order BIGINT NOT NULL DEFAULT 0, last_sync_error_class TEXT NOT NULL DEFAULT '');
INSERT INTO "sync_states" VALUES('01890000-0000-7000-8000-00000000000a','pending','profile',1700000002000000,NULL,'local','external','c.bronze.t','c.silver.t_clean',1,'sha-a1.parquet',1700000001000000,'',10,8,1,1,0,2,1,'');
INSERT INTO "sync_states" VALUES('01890000-0000-7000-8000-00000000000b','pending','profile',1700000002000000,NULL,'','','','',NULL,'',NULL,'',NULL,NULL,NULL,NULL,0,1,3,'');
INSERT INTO "sync_states" VALUES('01890000-0000-7000-8000-00000000000c','not_synced','',NULL,NULL,'','','','',NULL,'',NULL,'',NULL,NULL,NULL,NULL,0,NULL,0,'');
INSERT INTO "sync_states" VALUES('01890000-0000-7000-8000-00000000000d','not_synced','',NULL,NULL,'','','','',NULL,'',NULL,'',NULL,NULL,NULL,NULL,0,NULL,0,'');
CREATE TABLE table_names (
  tenant_id TEXT NOT NULL,
  name TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  last_suffix BIGINT NOT NULL,
  PRIMARY KEY (tenant_id, name)
);
INSERT INTO "table_names" VALUES('acme','gr_e_der_pfel','01890000-0000-7000-8000-00000000000a',2);
INSERT INTO "table_names" VALUES('acme','gr_e_der_pfel_clean','01890000-0000-7000-8000-00000000000a',1);
INSERT INTO "table_names" VALUES('acme','gr_e_der_pfel_quarantine','01890000-0000-7000-8000-00000000000a',1);
INSERT INTO "table_names" VALUES('acme','gr_e_der_pfel_2','01890000-0000-7000-8000-00000000000b',1);
INSERT INTO "table_names" VALUES('acme','gr_e_der_pfel_2_clean','01890000-0000-7000-8000-00000000000b',1);
INSERT INTO "table_names" VALUES('acme','gr_e_der_pfel_2_quarantine','01890000-0000-7000-8000-00000000000b',1);
INSERT INTO "table_names" VALUES('acme','gone','01890000-0000-7000-8000-00000000000c',1);
INSERT INTO "table_names" VALUES('acme','gone_clean','01890000-0000-7000-8000-00000000000c',1);
INSERT INTO "table_names" VALUES('acme','gone_quarantine','01890000-0000-7000-8000-00000000000c',1);
INSERT INTO "table_names" VALUES('other','theirs','01890000-0000-7000-8000-00000000000d',1);
INSERT INTO "table_names" VALUES('other','theirs_clean','01890000-0000-7000-8000-00000000000d',1);
INSERT INTO "table_names" VALUES('other','theirs_quarantine','01890000-0000-7000-8000-00000000000d',1);
CREATE TABLE tenants (
  tenant_id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  created_at_us BIGINT NOT NULL
);
INSERT INTO "tenants" VALUES('acme','Acme',1700000000000000);
INSERT INTO "tenants" VALUES('other','Other, "the" second',1700000000000000);
CREATE TABLE tokens (
  token_id TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  sha256 TEXT NOT NULL UNIQUE,
  label TEXT NOT NULL,
  scope TEXT NOT NULL,
  created_at_us BIGINT NOT NULL
);
INSERT INTO "tokens" VALUES('01a22d2b-fd7d-742e-8a55-f1981a860400','acme','token-sha','laptop','read',1700000000000000);
CREATE TABLE uploads (
  upload_id TEXT NOT NULL PRIMARY KEY,
  tenant_id TEXT NOT NULL REFERENCES tenants (tenant_id),
  state TEXT NOT NULL,
  bytes_total BIGINT NOT NULL,
  unchecked_from BIGINT,
  metadata TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  is_version INTEGER NOT NULL,
  file_name TEXT NOT NULL,
  attempts BIGINT NOT NULL,
  error_json TEXT NOT NULL,
  created_at_us BIGINT NOT NULL,
  expires_at_us BIGINT NOT NULL
);
INSERT INTO "uploads" VALUES('01890000-0000-7000-8000-0000000000f1','acme','receiving',9000000000,40,'filename YS5jc3Y=','01890000-0000-7000-8000-0000000000d1',0,'upload.parquet',0,'',1700000002000000,1700000002000078);
INSERT INTO "uploads" VALUES('01890000-0000-7000-8000-0000000000f2','acme','failed',9000000000,NULL,'filename YS5jc3Y=','01890000-0000-7000-8000-0000000000d1',1,'upload.parquet',1,'{"code":"x"}',1700000002000000,1700000002000079);
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
INSERT INTO "wants" VALUES(2,'sync','01890000-0000-7000-8000-00000000000a','acme',2,'sha-a2.parquet','gr_e_der_pfel',1700000002000000);
INSERT INTO "wants" VALUES(4,'resync','01890000-0000-7000-8000-00000000000b','acme',1,'sha-b1.parquet','gr_e_der_pfel_2',1700000002000000);
INSERT INTO "wants" VALUES(5,'drop','01890000-0000-7000-8000-00000000000c','acme',1,'sha-c1.parquet','gone',1700000002000000);
CREATE INDEX datasets_by_age ON datasets (tenant_id, created_at_us, dataset_id);
CREATE INDEX sync_states_by_status ON sync_states (status, waiting_since_us);
CREATE INDEX sync_runs_by_dataset ON sync_runs (dataset_id, started_at_us);
CREATE INDEX uploads_by_tenant ON uploads (tenant_id, created_at_us, upload_id);
CREATE INDEX uploads_by_state ON uploads (state, expires_at_us);
CREATE INDEX dataset_versions_unprofiled ON dataset_versions (created_at_us) WHERE profiled_at_us = 0;
CREATE INDEX sync_runs_by_tenant ON sync_runs (tenant_id, started_at_us);
CREATE INDEX wants_by_dataset ON wants (dataset_id, row_id);
CREATE INDEX dataset_versions_by_verified ON dataset_versions (verified_at_us);
CREATE INDEX damaged_files_by_dataset ON damaged_files (tenant_id, dataset_id);
COMMIT;
