-- What a run took from the lakehouse, and whose it was: summed per tenant, also of datasets that are gone.
ALTER TABLE sync_runs ADD COLUMN tenant_id TEXT NOT NULL DEFAULT '';
ALTER TABLE sync_runs ADD COLUMN statements BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sync_runs ADD COLUMN rest_calls BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sync_runs ADD COLUMN bytes_uploaded BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sync_runs ADD COLUMN warehouse_ms BIGINT NOT NULL DEFAULT 0;
UPDATE sync_runs SET tenant_id = COALESCE((SELECT d.tenant_id FROM datasets d WHERE d.dataset_id = sync_runs.dataset_id), '');
CREATE INDEX sync_runs_by_tenant ON sync_runs (tenant_id, started_at_us);
-- Whose move it is after last_sync_error: transient, needs_you, bug.
ALTER TABLE sync_states ADD COLUMN last_sync_error_class TEXT NOT NULL DEFAULT '';
