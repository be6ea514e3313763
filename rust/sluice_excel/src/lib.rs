//! Spreadsheets by calamine, behind a small C interface (src/ingest/excel/excel_abi.h).
//!
//! Nothing in a file may end the process: panics are caught here, and what could exhaust memory is refused before
//! calamine sees it (`archive`, `guard_zip`, `guard_xls`).

mod archive;
mod cells;
mod failure;
mod formats;
mod guard_xls;
mod guard_zip;
mod inflate;
mod serial;
mod workbook;
mod xls_formats;

use std::ffi::{c_char, c_void, CStr, OsStr};
use std::os::unix::ffi::OsStrExt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;

use archive::Limits;
use calamine::{SheetType, SheetVisible};
use cells::{Batch, OnCells};
use failure::{Code, Failure};
use sluice_c_abi::CError;
use workbook::Workbook;

#[repr(C)]
pub struct SluiceExcelLimits {
    inflated_bytes_max: u64,
    inflate_ratio_max: u64,
    held_bytes_max: u64,
    held_cells_max: u64,
}

#[repr(C)]
pub struct SluiceExcelSheet {
    name: *const c_char,
    name_bytes: usize,
    visible: i32,
    kind: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct SluiceExcelRegion {
    row: u32,
    column: u32,
    last_row: u32,
    last_column: u32,
}

pub struct SluiceExcelWorkbook {
    workbook: Workbook,
    merged: Vec<SluiceExcelRegion>,
    /// After a panic nothing is known of its state.
    broken: bool,
}

impl SluiceExcelWorkbook {
    fn with(&mut self, error: &mut CError, what: impl FnOnce(&mut Self) -> Result<(), Failure>) -> i32 {
        if self.broken {
            return error.tell(&Failure::new(Code::Panic, "the workbook is unusable after an earlier failure"));
        }
        let code = error.guarded(|| what(self));
        self.broken = code == Code::Panic as i32;
        code
    }
}

/// # Safety
/// `path` is a C string, `limits`, `out` and `error` point to their types.
#[no_mangle]
pub unsafe extern "C" fn sluice_excel_open(
    path: *const c_char,
    limits: *const SluiceExcelLimits,
    out: *mut *mut SluiceExcelWorkbook,
    error: *mut CError,
) -> i32 {
    let path = Path::new(OsStr::from_bytes(CStr::from_ptr(path).to_bytes()));
    let limits = Limits {
        inflated_bytes_max: (*limits).inflated_bytes_max,
        inflate_ratio_max: (*limits).inflate_ratio_max,
        held_bytes_max: (*limits).held_bytes_max,
        held_cells_max: (*limits).held_cells_max,
    };
    (*error).guarded::<Failure>(|| {
        let workbook = Workbook::open(path, &limits)?;
        *out = Box::into_raw(Box::new(SluiceExcelWorkbook { workbook, merged: Vec::new(), broken: false }));
        Ok(())
    })
}

/// # Safety
/// `workbook` is from `sluice_excel_open`, or null, and not used after this.
#[no_mangle]
pub unsafe extern "C" fn sluice_excel_close(workbook: *mut SluiceExcelWorkbook) {
    if !workbook.is_null() {
        // A panic in a destructor leaks what is left.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(workbook))));
    }
}

/// # Safety
/// `workbook` is from `sluice_excel_open`.
#[no_mangle]
pub unsafe extern "C" fn sluice_excel_sheet_count(workbook: *const SluiceExcelWorkbook) -> usize {
    (*workbook).workbook.sheets.len()
}

/// # Safety
/// `workbook` is from `sluice_excel_open`, `index` below `sluice_excel_sheet_count`, `out` points to its type.
#[no_mangle]
pub unsafe extern "C" fn sluice_excel_sheet(
    workbook: *const SluiceExcelWorkbook,
    index: usize,
    out: *mut SluiceExcelSheet,
) {
    let sheet = &(&(*workbook).workbook.sheets)[index];
    *out = SluiceExcelSheet {
        name: sheet.name.as_ptr().cast(),
        name_bytes: sheet.name.len(),
        visible: match sheet.visible {
            SheetVisible::Visible => 1,
            SheetVisible::Hidden => 2,
            SheetVisible::VeryHidden => 3,
        },
        kind: match sheet.typ {
            SheetType::WorkSheet => 1,
            SheetType::ChartSheet => 2,
            SheetType::DialogSheet | SheetType::MacroSheet | SheetType::Vba => 3,
        },
    };
}

/// # Safety
/// `workbook` is from `sluice_excel_open`, the others point to their types. `*out` is valid until the next call.
#[no_mangle]
pub unsafe extern "C" fn sluice_excel_merged(
    workbook: *mut SluiceExcelWorkbook,
    sheet: usize,
    out: *mut *const SluiceExcelRegion,
    count: *mut usize,
    error: *mut CError,
) -> i32 {
    (*workbook).with(&mut *error, |book| {
        let merged = book.workbook.merged(sheet)?;
        book.merged = merged
            .iter()
            .map(|region| SluiceExcelRegion {
                row: region.start.0,
                column: region.start.1,
                last_row: region.end.0,
                last_column: region.end.1,
            })
            .collect();
        *out = book.merged.as_ptr();
        *count = book.merged.len();
        Ok(())
    })
}

/// # Safety
/// `workbook` is from `sluice_excel_open`, `error` points to its type; `on_cells` does not unwind.
#[no_mangle]
pub unsafe extern "C" fn sluice_excel_read(
    workbook: *mut SluiceExcelWorkbook,
    sheet: usize,
    on_cells: OnCells,
    context: *mut c_void,
    error: *mut CError,
) -> i32 {
    (*workbook).with(&mut *error, |book| book.workbook.read(sheet, &mut Batch::new(on_cells, context)))
}
