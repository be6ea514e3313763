-- Resumable uploads. How much has arrived is not here: the size of the partial file says it, and cannot disagree with
-- itself. unchecked_from is where a chunk began whose checksum is not yet known to be right.
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
CREATE INDEX uploads_by_tenant ON uploads (tenant_id, created_at_us, upload_id);
CREATE INDEX uploads_by_state ON uploads (state, expires_at_us);
