-- What is found in a version's columns, behind the answer to its upload and before its sync. 0 is not yet looked at; what was there before has no profile.
ALTER TABLE dataset_versions ADD COLUMN profiled_at_us BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dataset_versions ADD COLUMN profile_attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE dataset_versions ADD COLUMN next_profile_at_us BIGINT NOT NULL DEFAULT 0;
UPDATE dataset_versions SET profiled_at_us = created_at_us;
CREATE INDEX dataset_versions_unprofiled ON dataset_versions (created_at_us) WHERE profiled_at_us = 0;

-- A table of its own: megabytes where there are thousands of columns, which a list of datasets must not read.
CREATE TABLE dataset_profiles (
  dataset_id TEXT NOT NULL,
  version BIGINT NOT NULL,
  profile_json TEXT NOT NULL,
  PRIMARY KEY (dataset_id, version)
);
