//! What could make calamine allocate without bound, checked before it reads an archive: an allocation that fails ends
//! the whole process, and no limit of calamine's is ours to set.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read};

use quick_xml::events::{BytesStart, Event};
use quick_xml::Reader;

use crate::archive::{Archive, Limits, Part};
use crate::failure::{Code, Failure};

fn reader(archive: &Archive, part: &Part) -> Result<Reader<BufReader<Box<dyn Read + Send>>>, Failure> {
    let mut reader = Reader::from_reader(BufReader::with_capacity(64 << 10, archive.read(part)?));
    let config = reader.config_mut();
    // As calamine sets it.
    config.check_end_names = false;
    config.check_comments = false;
    config.expand_empty_elements = true;
    Ok(reader)
}

fn event<'b, R: BufRead>(reader: &mut Reader<R>, buffer: &'b mut Vec<u8>, part: &Part) -> Result<Event<'b>, Failure> {
    buffer.clear();
    reader.read_event_into(buffer).map_err(|error| match error {
        quick_xml::Error::Io(error) => match error.get_ref().and_then(|inner| inner.downcast_ref::<Failure>()) {
            Some(failure) => failure.clone(),
            None => Failure::damaged(error.to_string()),
        },
        error => Failure::damaged(format!("the part {} is not well-formed XML: {error}", part.shown_name())),
    })
}

/// An attribute that is a count; what is no number is left for calamine to judge.
fn count(element: &BytesStart<'_>, name: &str) -> Option<u64> {
    let attribute = element.try_get_attribute(name).ok()??;
    attribute.value.trim().parse().ok()
}

fn held(part: &Part, limits: &Limits) -> Result<(), Failure> {
    if part.bytes > limits.held_bytes_max {
        return Err(Failure::limit(format!(
            "the part {} has {} bytes and is read whole, at most {} are",
            part.shown_name(),
            part.bytes,
            limits.held_bytes_max
        )));
    }
    Ok(())
}

pub fn check_workbook(archive: &Archive, limits: &Limits) -> Result<(), Failure> {
    for part in &archive.parts {
        if !part.is_named(".rels") && !part.is_named(".xml") && !part.is_named(".bin") {
            continue;
        }
        let is_sheet = part.name.windows(7).any(|name| name.eq_ignore_ascii_case(b"sheets/"));
        if !is_sheet || part.is_named(".rels") {
            held(part, limits)?;
        }
        if part.is_named("sharedStrings.xml") {
            check_shared_strings(archive, part, limits)?;
        } else if part.is_named("styles.xml") {
            check_styles(archive, part, limits)?;
        }
    }
    Ok(())
}

/// calamine reserves as many strings as the part announces.
fn check_shared_strings(archive: &Archive, part: &Part, limits: &Limits) -> Result<(), Failure> {
    let mut reader = reader(archive, part)?;
    let mut buffer = Vec::new();
    loop {
        match event(&mut reader, &mut buffer, part)? {
            Event::Start(element) if element.local_name().as_ref() == "sst" => {
                let announced = count(&element, "uniqueCount").unwrap_or(0);
                if announced.saturating_mul(size_of::<String>() as u64) > limits.held_bytes_max {
                    return Err(Failure::limit(format!("the file announces {announced} different texts")));
                }
                return Ok(());
            }
            Event::Eof => return Ok(()),
            _ => (),
        }
    }
}

/// Each cell format gets copies of the font, fill, border and number format that it names.
fn check_styles(archive: &Archive, part: &Part, limits: &Limits) -> Result<(), Failure> {
    let mut reader = reader(archive, part)?;
    let mut buffer = Vec::new();
    let (mut depth, mut began, mut longest, mut formats) = (0u32, 0, 0, 0u64);
    loop {
        let before = reader.buffer_position();
        match event(&mut reader, &mut buffer, part)? {
            Event::Start(element) => {
                depth += 1;
                if depth == 3 {
                    began = before;
                    formats += u64::from(element.local_name().as_ref() == "xf");
                }
            }
            Event::End(_) => {
                if depth == 3 {
                    longest = longest.max(reader.buffer_position() - began);
                }
                depth = depth.saturating_sub(1);
            }
            Event::Eof => break,
            _ => (),
        }
    }
    if longest.saturating_mul(formats) > limits.held_bytes_max {
        return Err(Failure::limit(format!("{formats} cell formats, of up to {longest} bytes, are too many")));
    }
    Ok(())
}

/// What an OpenDocument file says that it is; those with a password say so in the clear.
pub fn check_open_document(archive: &Archive, limits: &Limits) -> Result<(), Failure> {
    for name in ["manifest.xml", "mimetype"] {
        let Some(part) = archive.part(name) else { continue };
        held(part, limits)?;
        let mut text = Vec::new();
        archive.read(part)?.read_to_end(&mut text)?;
        let text = String::from_utf8_lossy(&text);
        if text.contains("encryption-data") {
            return Err(Failure::new(Code::Password, "the workbook is protected by a password"));
        }
        if name == "mimetype" && !text.contains("spreadsheet") {
            let kind: String = text.trim().chars().take(80).collect();
            return Err(Failure::new(Code::NotAWorkbook, format!("the file is of the type {kind}, not a workbook")));
        }
    }
    check_ods(archive, limits)
}

/// OpenDocument writes `repeated="1000000"` beside a cell; calamine unfolds it in memory. This walks as it does, and
/// counts what that would take.
fn check_ods(archive: &Archive, limits: &Limits) -> Result<(), Failure> {
    for name in ["content.xml", "manifest.xml", "meta.xml"] {
        if let Some(part) = archive.part(name) {
            held(part, limits)?;
        }
    }
    let Some(part) = archive.part("content.xml") else { return Ok(()) };
    let mut reader = reader(archive, part)?;
    let mut buffer = Vec::new();
    let (mut cells, mut text_bytes) = (0u64, 0u64);
    let mut table = Table::default();
    let mut names: HashMap<Vec<u8>, ()> = HashMap::new();
    loop {
        let before = reader.buffer_position();
        match event(&mut reader, &mut buffer, part)? {
            Event::Start(element) => match element.name().as_ref() {
                "table:table" => {
                    let name = element.try_get_attribute("table:name").ok().flatten();
                    let name = name.map(|name| name.value.as_bytes().to_vec()).unwrap_or_default();
                    if names.insert(name, ()).is_some() {
                        return Err(Failure::damaged("two sheets have the same name"));
                    }
                    table = Table::default();
                }
                "table:table-row" => table.start_row(count(&element, "table:number-rows-repeated")),
                "table:table-cell" | "table:covered-table-cell" => {
                    let valued = element.attributes().flatten().any(|attribute| {
                        let key = attribute.key.as_ref();
                        key.starts_with("office:") || key == "table:formula"
                    });
                    table.start_cell(count(&element, "table:number-columns-repeated"), valued, before);
                }
                "text:s" => table.cell_bytes += count(&element, "text:c").unwrap_or(1),
                _ => (),
            },
            Event::End(element) => match element.name().as_ref() {
                "table:table-cell" | "table:covered-table-cell" => {
                    table.end_cell(reader.buffer_position());
                    text_bytes = text_bytes.saturating_add(std::mem::take(&mut table.text_bytes));
                }
                "table:table-row" => table.end_row(),
                "table:table" => cells = cells.saturating_add(table.cells()),
                _ => (),
            },
            Event::Eof => return Ok(()),
            _ => (),
        }
        if cells.saturating_add(table.cells()) > limits.held_cells_max {
            return Err(Failure::limit(format!("the workbook unfolds to more than {} cells", limits.held_cells_max)));
        }
        if text_bytes.saturating_add(table.cell_bytes) > limits.held_bytes_max {
            return Err(Failure::limit(format!("the texts unfold to more than {} bytes", limits.held_bytes_max)));
        }
    }
}

/// calamine's own bounds.
const ROWS_MAX: u64 = 1_048_576;
const COLUMNS_MAX: u64 = 16_384;

#[derive(Default)]
struct Table {
    rows: u64,
    /// Up to the last row with a value: what calamine keeps.
    rows_kept: u64,
    width: u64,
    row_repeats: u64,
    row_width: u64,
    row_used: bool,
    cell_repeats: u64,
    cell_began: u64,
    cell_bytes: u64,
    cell_used: bool,
    text_bytes: u64,
}

impl Table {
    fn cells(&self) -> u64 {
        self.rows_kept.saturating_mul(self.width)
    }
    fn start_row(&mut self, repeats: Option<u64>) {
        self.row_repeats = repeats.unwrap_or(1).min(ROWS_MAX);
        (self.row_width, self.row_used) = (0, false);
    }
    fn start_cell(&mut self, repeats: Option<u64>, valued: bool, at: u64) {
        self.cell_repeats = repeats.unwrap_or(1).min(COLUMNS_MAX);
        (self.cell_used, self.cell_began, self.cell_bytes) = (valued, at, 0);
    }
    fn end_cell(&mut self, at: u64) {
        self.row_width = (self.row_width + self.cell_repeats).min(COLUMNS_MAX);
        if self.cell_used {
            self.row_used = true;
            self.width = self.width.max(self.row_width);
            let bytes = self.cell_bytes.saturating_add(at - self.cell_began);
            self.text_bytes = bytes.saturating_mul(self.cell_repeats).saturating_mul(self.row_repeats);
        }
        self.cell_bytes = 0;
    }
    fn end_row(&mut self) {
        self.rows = (self.rows + self.row_repeats).min(ROWS_MAX);
        if self.row_used {
            self.rows_kept = self.rows;
        }
    }
}
