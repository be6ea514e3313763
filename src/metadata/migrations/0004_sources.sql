-- The original of a version beside its Parquet file, the rows that did not fit, and how both came about.
ALTER TABLE dataset_versions ADD COLUMN source_name TEXT NOT NULL DEFAULT '';
ALTER TABLE dataset_versions ADD COLUMN source_file TEXT NOT NULL DEFAULT '';
ALTER TABLE dataset_versions ADD COLUMN source_bytes BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dataset_versions ADD COLUMN ingest_json TEXT NOT NULL DEFAULT '';
ALTER TABLE dataset_versions ADD COLUMN rows_rejected BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dataset_versions ADD COLUMN rejects_file TEXT NOT NULL DEFAULT '';
