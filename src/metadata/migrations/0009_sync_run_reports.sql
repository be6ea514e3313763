-- Which reports of a run were counted, so that one told twice, after a commit whose answer was lost, is not counted again. Rows of a day ago are removed by the next report.
CREATE TABLE sync_run_reports (
  run_id TEXT NOT NULL,
  report_id TEXT NOT NULL,
  reported_at_us BIGINT NOT NULL,
  PRIMARY KEY (run_id, report_id)
);
CREATE INDEX sync_run_reports_by_age ON sync_run_reports (reported_at_us);
