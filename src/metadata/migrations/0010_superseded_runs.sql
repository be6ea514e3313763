-- Runs that were overtaken used to stay `running` for ever. Those whose want has ended are over; when is not known.
-- Left as they are: datasets whose want in flight is from before wants were recorded.
UPDATE sync_runs SET outcome = 'superseded', ended_at_us = started_at_us WHERE ended_at_us IS NULL
AND NOT EXISTS (SELECT 1 FROM wants w WHERE w.dataset_id = sync_runs.dataset_id AND sync_runs.run_id LIKE '%/' || CAST(w.row_id AS TEXT))
AND NOT EXISTS (SELECT 1 FROM sync_states s WHERE s.dataset_id = sync_runs.dataset_id AND s.status IN ('pending', 'syncing') AND NOT EXISTS (SELECT 1 FROM wants r WHERE r.dataset_id = s.dataset_id));
