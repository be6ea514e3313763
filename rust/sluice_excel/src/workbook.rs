//! A workbook of any of the four formats, told apart by its content.

use std::fs::File;
use std::io::{BufReader, Cursor, Read};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;

use calamine::{Data, DataRef, Dimensions, ExcelDateTime, ExcelDateTimeType, Ods, Range, Reader, Sheet, Xls, XlsOptions, Xlsb, Xlsx};

use crate::archive::{Archive, CurrentPart, Limits, Unpacked};
use crate::cells::{borrowed, Batch};
use crate::failure::{Cause, Code, Failure};
use crate::formats::{section_for, shown_by, strictly_shows, Shown, Strictly};
use crate::serial::Shows;
use crate::xls_formats::XlsFormats;
use crate::{guard_xls, guard_zip};

type Zipped = BufReader<Unpacked>;

enum Format {
    Xlsx(Box<Xlsx<Zipped>>),
    Xlsb(Box<Xlsb<Zipped>>),
    Ods(Box<Ods<Zipped>>),
    Xls(Box<Xls<Cursor<Vec<u8>>>>, XlsFormats),
}

pub struct Workbook {
    format: Format,
    cause: Cause,
    current: CurrentPart,
    pub sheets: Vec<Sheet>,
}

/// Our reader copies from a block in memory; more than this would only cost copies.
const READ_BYTES: usize = 16 << 10;

impl Workbook {
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Failure> {
        let file = File::open(path)?;
        let mut head = vec![0; 512];
        let got = file.read_at(&mut head, 0)?;
        head.truncate(got);
        let cause = Cause::default();
        let current = CurrentPart::default();
        let format = if head.starts_with(b"PK\x03\x04") {
            open_zip(file, limits, &cause, &current)?
        } else if head.starts_with(guard_xls::MAGIC) {
            open_xls(file, limits, &cause)?
        } else {
            return Err(Failure::new(Code::NotAWorkbook, format!("the file is {}, not a workbook", looks_like(&head))));
        };
        let sheets = match &format {
            Format::Xlsx(book) => book.sheets_metadata(),
            Format::Xlsb(book) => book.sheets_metadata(),
            Format::Ods(book) => book.sheets_metadata(),
            Format::Xls(book, _) => book.sheets_metadata(),
        };
        Ok(Self { sheets: sheets.to_vec(), format, cause, current })
    }

    /// calamine finds sheets by name; Excel takes care that each has one of its own.
    fn name(&self, sheet: usize) -> Result<String, Failure> {
        let Some(wanted) = self.sheets.get(sheet) else {
            return Err(Failure::new(Code::NoSuchSheet, format!("the workbook has {} sheets", self.sheets.len())));
        };
        if self.sheets.iter().filter(|other| other.name == wanted.name).count() > 1 {
            return Err(Failure::damaged(format!("two sheets are named {}", wanted.name)));
        }
        if wanted.typ != calamine::SheetType::WorkSheet {
            return Err(Failure::new(Code::NotAWorksheet, format!("the sheet {} has no cells", wanted.name)));
        }
        Ok(wanted.name.clone())
    }

    /// .xlsx: a pass over the whole sheet, since regions stand after the cells. .xlsb and .ods: none is ever given.
    pub fn merged(&mut self, sheet: usize) -> Result<Vec<Dimensions>, Failure> {
        let name = self.name(sheet)?;
        match &mut self.format {
            Format::Xlsx(book) => book.merge_cells_by_sheet_name(&name).map_err(|error| self.cause.or(error)),
            Format::Xls(book, _) => book.merge_cells_by_sheet_name(&name).map_err(|error| self.cause.or(error)),
            Format::Xlsb(_) | Format::Ods(_) => Ok(Vec::new()),
        }
    }

    pub fn read(&mut self, sheet: usize, batch: &mut Batch) -> Result<(), Failure> {
        let name = self.name(sheet)?;
        let cause = self.cause.clone();
        match &mut self.format {
            Format::Xlsx(book) => {
                let is_1904 = book.has_1904_epoch();
                let mut cells = book.worksheet_cells_reader(&name).map_err(|error| cause.or(error))?;
                let styles: Vec<Shown> = cells.styles().iter().map(shown_of).collect();
                while let Some((cell, style)) = cells.next_cell_with_style_id().map_err(|error| cause.or(error))? {
                    let shown = styles.get(style).unwrap_or(&Shown::AsRead(Shows::Any));
                    add_shown(batch, cell.get_position(), cell.get_value(), shown, is_1904)?;
                }
                self.current.finish()?;
                batch.flush()
            }
            Format::Xlsb(book) => {
                let is_1904 = book.has_1904_epoch();
                let mut cells = book.worksheet_cells_reader(&name).map_err(|error| cause.or(error))?;
                while let Some(cell) = cells.next_cell().map_err(|error| cause.or(error))? {
                    let at = cell.get_position();
                    batch.add(at, cell.get_value(), || Shows::Any, is_1904)?;
                }
                self.current.finish()?;
                batch.flush()
            }
            Format::Ods(book) => {
                let range = book.worksheet_range(&name).map_err(|error| cause.or(error))?;
                self.current.finish()?;
                read_range(&range, batch, |_| &Shown::AsRead(Shows::Any), false)
            }
            Format::Xls(book, formats) => {
                let is_1904 = book.has_1904_epoch();
                let range = book.worksheet_range(&name).map_err(|error| cause.or(error))?;
                let mut cells = formats.cells(sheet);
                read_range(&range, batch, |at| cells.shown(at), is_1904)
            }
        }
    }
}

fn read_range<'a>(
    range: &Range<Data>,
    batch: &mut Batch,
    mut shown: impl FnMut((u32, u32)) -> &'a Shown,
    is_1904: bool,
) -> Result<(), Failure> {
    let (row, column) = range.start().unwrap_or((0, 0));
    for (below, right, value) in range.used_cells() {
        let at = (row + below as u32, column + right as u32);
        add_shown(batch, at, &borrowed(value), shown(at), is_1904)?;
    }
    batch.flush()
}

fn shown_of(style: &calamine::Style) -> Shown {
    style.number_format.as_ref().map_or(Shown::AsRead(Shows::Any), |format| shown_by(&format.format_code))
}

fn add_shown(
    batch: &mut Batch,
    at: (u32, u32),
    value: &DataRef<'_>,
    shown: &Shown,
    is_1904: bool,
) -> Result<(), Failure> {
    if let Shown::AsRead(shows) = shown {
        return batch.add(at, value, || *shows, is_1904);
    }
    let number = match value {
        DataRef::Float(number) => *number,
        DataRef::Int(number) => *number as f64,
        DataRef::DateTime(moment) => moment.as_f64(),
        _ => return batch.add(at, value, || Shows::Any, is_1904),
    };
    let Shown::Sections(code) = shown else { return batch.add(at, &DataRef::Float(number), || Shows::Any, is_1904) };
    let (kind, shows) = match strictly_shows(section_for(code, number)) {
        Strictly::Number => return batch.add(at, &DataRef::Float(number), || Shows::Any, is_1904),
        Strictly::Duration => (ExcelDateTimeType::TimeDelta, Shows::Any),
        Strictly::Moment(shows) => (ExcelDateTimeType::DateTime, shows),
    };
    let moment = DataRef::DateTime(ExcelDateTime::new(number, kind, is_1904));
    batch.add(at, &moment, || shows, is_1904)
}

fn open_zip(file: File, limits: &Limits, cause: &Cause, current: &CurrentPart) -> Result<Format, Failure> {
    let archive = Archive::open(Arc::new(file), limits)?;
    let zipped = || BufReader::with_capacity(READ_BYTES, Unpacked::new(archive.clone(), cause.clone(), current.clone()));
    if archive.part("workbook.bin").is_some() {
        guard_zip::check_workbook(&archive, limits)?;
        let book = Xlsb::new(zipped()).map_err(|error| cause.or(error))?;
        return Ok(Format::Xlsb(Box::new(book)));
    }
    if archive.parts.iter().any(|part| part.name == b"mimetype") {
        guard_zip::check_open_document(&archive, limits)?;
        let book = Ods::new(zipped()).map_err(|error| cause.or(error))?;
        return Ok(Format::Ods(Box::new(book)));
    }
    if archive.part("[Content_Types].xml").is_none() {
        return Err(Failure::new(Code::NotAWorkbook, "the file is a zip archive, not a workbook"));
    }
    if archive.part("document.xml").is_some() || archive.part("presentation.xml").is_some() {
        return Err(Failure::new(Code::NotAWorkbook, "the file is another Office document, not a workbook"));
    }
    guard_zip::check_workbook(&archive, limits)?;
    let book = Xlsx::new(zipped()).map_err(|error| cause.or(error))?;
    Ok(Format::Xlsx(Box::new(book)))
}

/// As a code page.
const UTF_16: u16 = 1200;

fn open_xls(file: File, limits: &Limits, cause: &Cause) -> Result<Format, Failure> {
    let mut bytes = Vec::new();
    file.take(limits.held_bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limits.held_bytes_max {
        return Err(Failure::limit(format!("an .xls is read whole, at most {} bytes", limits.held_bytes_max)));
    }
    let mut options = XlsOptions::default();
    let checked = guard_xls::check(&bytes, limits)?;
    if checked.is_biff8 {
        // Every text of BIFF8 is UTF-16, whatever code page its writer put beside it.
        options.force_codepage = Some(UTF_16);
    }
    let book = Xls::new_with_options(Cursor::new(bytes), options).map_err(|error| cause.or(error))?;
    Ok(Format::Xls(Box::new(book), checked.formats))
}

/// For people who named a file .xls because Excel opens it.
fn looks_like(head: &[u8]) -> &'static str {
    let text = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
    match () {
        () if head.is_empty() => "empty",
        () if ["<html", "<!doctype html", "<table", "<meta", "<head"].iter().any(|tag| text.starts_with(tag)) => {
            "an HTML page"
        }
        () if text.starts_with("<?xml") => "an XML file",
        () if head.contains(&0) => "of an unknown kind",
        () => "text, such as CSV",
    }
}
