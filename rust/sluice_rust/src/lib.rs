//! The Rust half of Sluice as one C library.
//! Temporal's core arrives through its own C bridge; linking the crate exports its `temporal_core_*` functions.
//! Archives are opened through ours, `sluice_archive_*`.
//! What encoding a text may be in is told through ours, `sluice_encoding_*`.
//! Spreadsheets arrive through ours, `sluice_excel_*`.
//! Parquet files leave through ours, `sluice_parquet_*`.

pub use sluice_archive as archive;
pub use sluice_encoding as encoding;
pub use sluice_excel as excel;
pub use sluice_parquet as parquet;
pub use temporalio_sdk_core_c_bridge as temporal_core;
