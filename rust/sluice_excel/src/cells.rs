//! Cells in batches, as the C interface shows them: no allocation and no call for a single one.

use std::ffi::{c_char, c_int, c_void};

use calamine::{Data, DataRef, ExcelDateTime};

use crate::failure::{Code, Failure};
use crate::serial::{duration, iso_duration, iso_moment, moment, Moment, Shows};

/// Numbers are part of the C interface (src/ingest/excel/excel_abi.h).
#[repr(u32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Number = 1,
    String = 2,
    Boolean = 3,
    Date = 4,
    DateTime = 5,
    Time = 6,
    Duration = 7,
    Error = 8,
}

#[repr(C)]
pub struct Cell {
    pub row: u32,
    pub column: u32,
    pub kind: Kind,
    pub text_bytes: u32,
    pub text: *const c_char,
    pub number: f64,
    pub micros: i64,
}

pub type OnCells = unsafe extern "C" fn(context: *mut c_void, cells: *const Cell, count: usize) -> c_int;

/// Cells handed over at once; about 160 kB, which stays in a core's cache.
const BATCH_CELLS: usize = 4096;
/// Texts that no workbook holds are copied here; a batch ends when they are full.
const BATCH_TEXT_BYTES: usize = 1 << 20;

pub struct Batch {
    cells: Vec<Cell>,
    /// Never grows beyond its first capacity, so `cells` can point into it.
    texts: Vec<u8>,
    /// A text that is larger than all of `texts`.
    huge: Option<String>,
    last: Option<(u32, u32)>,
    on_cells: OnCells,
    context: *mut c_void,
}

impl Batch {
    pub fn new(on_cells: OnCells, context: *mut c_void) -> Self {
        let cells = Vec::with_capacity(BATCH_CELLS);
        Self { cells, texts: Vec::with_capacity(BATCH_TEXT_BYTES), huge: None, last: None, on_cells, context }
    }

    /// Empty cells are left out. A shared string must live until `flush`; other text is copied.
    pub fn add(
        &mut self,
        at: (u32, u32),
        value: &DataRef<'_>,
        shows: impl Fn() -> Shows,
        is_1904: bool,
    ) -> Result<(), Failure> {
        if matches!(value, DataRef::Empty) {
            return Ok(());
        }
        if self.last.is_some_and(|last| at <= last) {
            return Err(Failure::damaged(format!(
                "the cell in row {}, column {} comes after one that is further below or right",
                at.0 + 1,
                at.1 + 1
            )));
        }
        self.last = Some(at);
        if self.cells.len() == BATCH_CELLS {
            self.flush()?;
        }
        let mut cell = Cell {
            row: at.0,
            column: at.1,
            kind: Kind::Number,
            text_bytes: 0,
            text: std::ptr::null(),
            number: 0.0,
            micros: 0,
        };
        match value {
            DataRef::Float(number) => cell.number = *number,
            DataRef::Int(number) => cell.number = *number as f64,
            DataRef::SharedString(text) => point(&mut cell, Kind::String, text)?,
            DataRef::String(text) => self.copy(&mut cell, Kind::String, text)?,
            DataRef::Bool(value) => {
                cell.kind = Kind::Boolean;
                cell.number = f64::from(u8::from(*value));
            }
            DataRef::DateTime(value) => self.moment(&mut cell, moment_of(*value, shows, is_1904))?,
            DataRef::DateTimeIso(text) => match iso_moment(text) {
                Some(moment) => self.moment(&mut cell, moment)?,
                None => self.copy(&mut cell, Kind::String, text)?,
            },
            DataRef::DurationIso(text) => match iso_duration(text) {
                Some(moment) => self.moment(&mut cell, moment)?,
                None => self.copy(&mut cell, Kind::String, text)?,
            },
            DataRef::Error(error) => self.copy(&mut cell, Kind::Error, &error.to_string())?,
            DataRef::Empty => return Ok(()),
        }
        self.cells.push(cell);
        Ok(())
    }

    pub fn flush(&mut self) -> Result<(), Failure> {
        // SAFETY: the caller of sluice_excel_read gave both, and the cells live until it returns.
        let stop = unsafe { (self.on_cells)(self.context, self.cells.as_ptr(), self.cells.len()) };
        self.cells.clear();
        self.texts.clear();
        self.huge = None;
        match stop {
            0 => Ok(()),
            _ => Err(Failure::new(Code::Stopped, "the reader asked for no more")),
        }
    }

    fn copy(&mut self, cell: &mut Cell, kind: Kind, text: &str) -> Result<(), Failure> {
        if text.len() > BATCH_TEXT_BYTES - self.texts.len() {
            self.flush()?;
        }
        if text.len() > BATCH_TEXT_BYTES {
            return point(cell, kind, self.huge.insert(text.to_string()));
        }
        let from = self.texts.len();
        self.texts.extend_from_slice(text.as_bytes());
        point(cell, kind, text)?;
        cell.text = self.texts[from..].as_ptr().cast();
        Ok(())
    }

    fn moment(&mut self, cell: &mut Cell, moment: Moment) -> Result<(), Failure> {
        (cell.kind, cell.micros) = match moment {
            Moment::Date(micros) => (Kind::Date, micros),
            Moment::DateTime(micros) => (Kind::DateTime, micros),
            Moment::Time(micros) => (Kind::Time, micros),
            Moment::Duration(micros) => (Kind::Duration, micros),
            Moment::Number(number) => {
                cell.number = number;
                return Ok(());
            }
            Moment::Text(text) => return self.copy(cell, Kind::String, &text),
        };
        Ok(())
    }
}

fn point(cell: &mut Cell, kind: Kind, text: &str) -> Result<(), Failure> {
    cell.kind = kind;
    cell.text = text.as_ptr().cast();
    cell.text_bytes = text.len().try_into().map_err(|_| Failure::limit("a cell holds more than 4 GiB of text"))?;
    Ok(())
}

fn moment_of(value: ExcelDateTime, shows: impl Fn() -> Shows, is_1904: bool) -> Moment {
    if value.is_duration() {
        return duration(value.as_f64());
    }
    moment(value.as_f64(), shows(), is_1904)
}

/// A cell of a sheet that is held whole.
pub fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(value) => DataRef::Int(*value),
        Data::Float(value) => DataRef::Float(*value),
        Data::String(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(value) => DataRef::DateTime(*value),
        Data::DateTimeIso(text) => DataRef::DateTimeIso(text.clone()),
        Data::DurationIso(text) => DataRef::DurationIso(text.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}
