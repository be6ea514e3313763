-- Of every stored file the digest, so that it is verified before it is read, and when that was done last. What is empty
-- was there before: the scrubber reads it and believes what it finds.
ALTER TABLE dataset_versions ADD COLUMN rejects_sha256 TEXT NOT NULL DEFAULT '';
-- Of the original as it was uploaded, and of its packed form: which of the two lies there, its size tells.
ALTER TABLE dataset_versions ADD COLUMN source_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE dataset_versions ADD COLUMN packed_sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE dataset_versions ADD COLUMN verified_at_us BIGINT NOT NULL DEFAULT 0;
CREATE INDEX dataset_versions_by_verified ON dataset_versions (verified_at_us);
ALTER TABLE lakehouse_tables ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';
ALTER TABLE lakehouse_tables ADD COLUMN verified_at_us BIGINT NOT NULL DEFAULT 0;
-- Bronze's file is the version's own.
UPDATE lakehouse_tables SET sha256 = COALESCE((SELECT v.sha256 FROM dataset_versions v WHERE v.dataset_id = lakehouse_tables.dataset_id AND v.version = lakehouse_tables.version), '') WHERE schema_name = 'bronze';

-- Files that are not what was written. A row whose file nothing names any more says nothing.
CREATE TABLE damaged_files (
  file TEXT NOT NULL PRIMARY KEY,
  kind TEXT NOT NULL,
  dataset_id TEXT NOT NULL,
  tenant_id TEXT NOT NULL,
  found_at_us BIGINT NOT NULL
);
CREATE INDEX damaged_files_by_dataset ON damaged_files (tenant_id, dataset_id);
