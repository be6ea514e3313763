//! The same for .xls: a compound file, whose sectors form chains, around a stream of records. A chain that bites its
//! tail, or a sheet that announces itself as huge, would take all memory in calamine.

use std::collections::HashSet;

use crate::archive::Limits;
use crate::failure::{Code, Failure};
use crate::xls_formats::XlsFormats;

pub const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

const FIRST_RESERVED: u32 = 0xFFFF_FFFA;
const ENTRY_BYTES: usize = 128;
/// Shorter streams lie in the mini stream.
const MINI_STREAM_BELOW: usize = 4096;
const MINI_SECTOR_BYTES: usize = 64;

pub fn u16_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word))
}

fn broken() -> Failure {
    Failure::damaged("the compound file (.xls) is damaged: its chain of sectors leads nowhere or in a circle")
}

struct Compound<'a> {
    file: &'a [u8],
    sector_bytes: usize,
    next: Vec<u32>,
}

impl<'a> Compound<'a> {
    fn sector(&self, id: u32) -> &'a [u8] {
        // The header takes the place of one sector; the last sector may be cut.
        let from = (id as usize + 1) * self.sector_bytes;
        let from = from.min(self.file.len());
        &self.file[from..(from + self.sector_bytes).min(self.file.len())]
    }

    fn open(file: &'a [u8]) -> Option<Self> {
        let sector_bytes = match u16_at(file, 30)? {
            9 => 512,
            12 => 4096,
            _ => return None,
        };
        let mut compound = Self { file, sector_bytes, next: Vec::new() };
        let sectors_max = file.len() / sector_bytes;
        let mut tables: Vec<u32> = words(file.get(76..512)?).collect();
        let mut more = u32_at(file, 68)?;
        for _ in 0..=sectors_max {
            if more >= FIRST_RESERVED {
                break;
            }
            tables.extend(words(compound.sector(more)));
            more = tables.pop()?;
        }
        if more < FIRST_RESERVED {
            return None;
        }
        let tables: Vec<u32> = tables.into_iter().filter(|id| *id < FIRST_RESERVED).collect();
        if tables.len() > sectors_max {
            return None;
        }
        for id in tables {
            compound.next.extend(words(compound.sector(id)));
        }
        acyclic(&compound.next).then_some(compound)
    }

    /// All of a chain, or its first `bytes`. The table has no circle, so it ends.
    fn chain(&self, mut id: u32, bytes: usize) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        while id < FIRST_RESERVED && out.len() < bytes {
            out.extend_from_slice(self.sector(id));
            id = *self.next.get(id as usize)?;
        }
        out.truncate(bytes);
        Some(out)
    }
}

/// Each entry names the next; walks each path once.
fn acyclic(next: &[u32]) -> bool {
    const UNSEEN: u32 = 0;
    let mut seen_in = vec![UNSEEN; next.len()];
    for start in 0..next.len() {
        let walk = start as u32 + 1;
        let mut at = start;
        while seen_in[at] == UNSEEN {
            seen_in[at] = walk;
            match next.get(next[at] as usize) {
                Some(_) => at = next[at] as usize,
                None => break,
            }
        }
        let ended = next.get(next[at] as usize).is_none();
        if seen_in[at] == walk && !ended {
            return false;
        }
    }
    true
}

struct Entry {
    name: String,
    start: u32,
    bytes: usize,
}

fn entries(directory: &[u8]) -> Vec<Entry> {
    let entry = |bytes: &[u8; ENTRY_BYTES]| {
        let units: Vec<u16> = bytes[..64].as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        let name = String::from_utf16_lossy(&units).split('\0').next().unwrap_or_default().to_ascii_lowercase();
        let at = |from: usize| u32::from_le_bytes(bytes[from..from + 4].try_into().expect("four bytes"));
        Entry { name, start: at(116), bytes: at(120) as usize }
    };
    directory.as_chunks::<ENTRY_BYTES>().0.iter().map(entry).collect()
}

/// What else lies in compound files, by a stream that only they have.
const OTHERS: [(&str, &str); 6] = [
    ("worddocument", "a Word document (.doc)"),
    ("powerpoint document", "a PowerPoint presentation (.ppt)"),
    ("__properties_version1.0", "an Outlook message (.msg)"),
    ("visiodocument", "a Visio drawing (.vsd)"),
    ("contents", "a Works or Publisher document"),
    ("\u{5}summaryinformation", "another Office file or an installer"),
];

pub struct Checked {
    /// Of Excel 97 or later.
    pub is_biff8: bool,
    pub formats: XlsFormats,
}

pub fn check(file: &[u8], limits: &Limits) -> Result<Checked, Failure> {
    let compound = Compound::open(file).ok_or_else(broken)?;
    let start = u32_at(file, 48).ok_or_else(broken)?;
    let entries = entries(&compound.chain(start, usize::MAX).ok_or_else(broken)?);
    if entries.iter().any(|entry| entry.name == "encryptedpackage") {
        return Err(Failure::new(Code::Password, "the workbook is protected by a password"));
    }
    let mini_table: Vec<u32> = {
        let bytes = u32_at(file, 64).ok_or_else(broken)? as usize * compound.sector_bytes;
        let first = u32_at(file, 60).ok_or_else(broken)?;
        words(&compound.chain(first, bytes.min(file.len())).ok_or_else(broken)?).collect()
    };
    if !acyclic(&mini_table) || entries.iter().any(|entry| entry.bytes > file.len()) {
        return Err(broken());
    }
    let Some(book) = ["workbook", "book"].iter().find_map(|name| entries.iter().find(|entry| entry.name == *name))
    else {
        let other = OTHERS.iter().find(|(stream, _)| entries.iter().any(|entry| entry.name == *stream));
        let what = other.map_or("an Office file", |(_, what)| what);
        return Err(Failure::new(Code::NotAWorkbook, format!("the file is {what}, and no workbook is in it")));
    };
    let stream = if book.bytes >= MINI_STREAM_BELOW {
        compound.chain(book.start, book.bytes).ok_or_else(broken)?
    } else {
        let mini = compound.chain(entries[0].start, entries[0].bytes).ok_or_else(broken)?;
        let mini = Compound { file: &mini, sector_bytes: MINI_SECTOR_BYTES, next: mini_table };
        mini.mini_chain(book.start, book.bytes).ok_or_else(broken)?
    };
    check_records(&stream, limits)?;
    let first = records(&stream).next();
    let is_biff8 = first.is_some_and(|(kind, data)| kind == BEGIN && u16_at(data, 0) == Some(BIFF8));
    Ok(Checked { is_biff8, formats: XlsFormats::of(&stream, is_biff8) })
}

impl Compound<'_> {
    /// As `chain`, in the mini stream, which has no header.
    fn mini_chain(&self, mut id: u32, bytes: usize) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        while id < FIRST_RESERVED && out.len() < bytes {
            let from = id as usize * self.sector_bytes;
            out.extend_from_slice(self.file.get(from..(from + self.sector_bytes).min(self.file.len()))?);
            id = *self.next.get(id as usize)?;
        }
        out.truncate(bytes);
        Some(out)
    }
}

/// (type, data) of each record up to the end of the stream; calamine reports one that is cut.
pub fn records(mut stream: &[u8]) -> impl Iterator<Item = (u32, &[u8])> + '_ {
    std::iter::from_fn(move || {
        let (kind, bytes) = (u16_at(stream, 0)?, u16_at(stream, 2)? as usize);
        let data = stream.get(4..4 + bytes)?;
        stream = &stream[4 + bytes..];
        Some((kind, data))
    })
}

const BEGIN: u32 = 0x0809;
pub const END: u32 = 0x000A;
/// The version that a workbook's first record names.
const BIFF8: u32 = 0x0600;
const SHEET: u32 = 0x0085;
const DIMENSIONS: u32 = 0x0200;
const MANY_NUMBERS: u32 = 0x00BD;
/// FORMULA, RSTRING, LABELSST, NUMBER, LABEL, BOOLERR, RK: all begin with row and column.
const CELLS: [u32; 7] = [0x0006, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E];

/// Where the records of each sheet begin, in the order in which the workbook names them.
pub fn sheet_starts(stream: &[u8]) -> Vec<usize> {
    records(stream)
        .take_while(|(kind, _)| *kind != END)
        .filter_map(|(kind, data)| (kind == SHEET).then(|| u32_at(data, 0).map(|at| at as usize))?)
        .collect()
}

/// The records of one sheet, without those of charts within it.
pub fn of_sheet(sheet: &[u8]) -> impl Iterator<Item = (u32, &[u8])> + '_ {
    let mut depth = 0u32;
    records(sheet)
        .map_while(move |(kind, data)| {
            match kind {
                BEGIN => depth += 1,
                END if depth <= 1 => return None,
                END => depth -= 1,
                _ => (),
            }
            Some((depth <= 1).then_some((kind, data)))
        })
        .flatten()
}

fn check_records(stream: &[u8], limits: &Limits) -> Result<(), Failure> {
    let mut cells = 0u64;
    let mut seen = HashSet::new();
    for start in sheet_starts(stream) {
        let sheet = stream.get(start..).filter(|_| seen.insert(start));
        let sheet = sheet.ok_or_else(|| Failure::damaged("the workbook (.xls) names a sheet that is not there"))?;
        cells = cells.saturating_add(area(sheet));
        if cells > limits.held_cells_max {
            return Err(Failure::limit(format!(
                "the workbook has more than {} cells, gaps between them included",
                limits.held_cells_max
            )));
        }
    }
    Ok(())
}

/// Cells of the smallest rectangle around a sheet's values, or what the sheet announces, if that is more.
fn area(sheet: &[u8]) -> u64 {
    let (mut rows, mut columns) = ((u32::MAX, 0), (u32::MAX, 0));
    let mut announced = 0u64;
    for (kind, data) in of_sheet(sheet) {
        match kind {
            DIMENSIONS => announced = announced.saturating_add(dimensions(data).unwrap_or(0)),
            _ if kind == MANY_NUMBERS || CELLS.contains(&kind) => {
                let (Some(row), Some(column)) = (u16_at(data, 0), u16_at(data, 2)) else { continue };
                rows = (rows.0.min(row), rows.1.max(row));
                columns = (columns.0.min(column), columns.1.max(column));
                if kind == MANY_NUMBERS {
                    columns.1 = columns.1.max(u16_at(data, data.len().saturating_sub(2)).unwrap_or(0));
                }
            }
            _ => (),
        }
    }
    let used = if rows.0 > rows.1 { 0 } else { u64::from(rows.1 - rows.0 + 1) * u64::from(columns.1 - columns.0 + 1) };
    used.max(announced)
}

/// As calamine computes it, which for an end before the start is about 2^32.
fn dimensions(data: &[u8]) -> Option<u64> {
    let (first, end, columns_at) = match data.len() {
        10 => (u16_at(data, 0)?, u16_at(data, 2)?, 4),
        _ => (u32_at(data, 0)?, u32_at(data, 4)?, 8),
    };
    let (column, column_end) = (u16_at(data, columns_at)?, u16_at(data, columns_at + 2)?);
    let column = if column > 0xFF || column_end < column { 0 } else { column };
    if end == 0 || column_end == 0 {
        return Some(1);
    }
    Some(u64::from(end.wrapping_sub(first)) * u64::from(column_end.wrapping_sub(column)))
}
