-- For how long a run kept a warehouse awake, and what that was in millionths of a DBU. NULL: not known, as of all runs before.
ALTER TABLE sync_runs ADD COLUMN awake_ms BIGINT;
ALTER TABLE sync_runs ADD COLUMN dbu_micros BIGINT;
