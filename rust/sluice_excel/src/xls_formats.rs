//! Number formats of an .xls, cell by cell. calamine tells of a cell only whether the letters of its format's first
//! section are those of a moment; which of date and time it shows, and whether they are letters of a word, stands in
//! records that we read here (MS-XLS 2.4.126, 2.4.353).

use crate::formats::{shown_by, Shown};
use crate::guard_xls::{of_sheet, records, sheet_starts, u16_at, END};
use crate::serial::Shows;

const FORMAT: u32 = 0x041E;
const XF: u32 = 0x00E0;
const FORMULA: u32 = 0x0006;
const NUMBER: u32 = 0x0203;
const RK: u32 = 0x027E;
const MANY_RK: u32 = 0x00BD;

const ANY: Shown = Shown::AsRead(Shows::Any);

/// What the formats say beyond what calamine knows.
#[derive(Default)]
pub struct XlsFormats {
    /// By the number of an XF, which a cell names.
    shown: Vec<Shown>,
    /// Of each sheet in the workbook's order, the cells with such a format: place and XF, in the order of rows.
    sheets: Vec<Vec<(u32, u16)>>,
}

impl XlsFormats {
    /// `stream` has been checked. At most 8 bytes a cell are held.
    pub fn of(stream: &[u8], is_biff8: bool) -> Self {
        let shown = shown_by_xf(stream, is_biff8);
        if shown.iter().all(|shown| *shown == ANY) {
            return Self::default();
        }
        let sheets = sheet_starts(stream).into_iter().map(|start| formatted(&stream[start..], &shown)).collect();
        Self { shown, sheets }
    }

    pub fn cells(&self, sheet: usize) -> FormattedCells<'_> {
        FormattedCells { shown: &self.shown, rest: self.sheets.get(sheet).map_or(&[], Vec::as_slice) }
    }
}

pub struct FormattedCells<'a> {
    shown: &'a [Shown],
    rest: &'a [(u32, u16)],
}

impl<'a> FormattedCells<'a> {
    /// Of a cell behind all those that were asked for before.
    pub fn shown(&mut self, at: (u32, u32)) -> &'a Shown {
        let wanted = at.0 << 16 | at.1;
        while let Some(((place, xf), rest)) = self.rest.split_first() {
            if *place > wanted {
                break;
            }
            self.rest = rest;
            if *place == wanted {
                return &self.shown[*xf as usize];
            }
        }
        &ANY
    }
}

fn shown_by_xf(stream: &[u8], is_biff8: bool) -> Vec<Shown> {
    let (mut codes, mut of_styles) = (std::collections::HashMap::new(), Vec::new());
    for (kind, data) in records(stream).take_while(|(kind, _)| *kind != END) {
        match kind {
            FORMAT => drop(codes.extend(code_of(data, is_biff8))),
            XF => of_styles.push(u16_at(data, 2).unwrap_or(0)),
            _ => (),
        }
    }
    of_styles.iter().map(|id| codes.get(id).map_or_else(|| built_in(*id), |code: &String| shown_by(code))).collect()
}

/// Number and text of a format.
fn code_of(data: &[u8], is_biff8: bool) -> Option<(u32, String)> {
    let id = u16_at(data, 0)?;
    if !is_biff8 {
        let text = data.get(3..3 + *data.get(2)? as usize)?;
        return Some((id, text.iter().map(|letter| char::from(*letter)).collect()));
    }
    let count = u16_at(data, 2)? as usize;
    let is_wide = data.get(4)? & 1 == 1;
    let text = data.get(5..5 + if is_wide { 2 * count } else { count })?;
    if is_wide {
        let units: Vec<u16> = text.as_chunks::<2>().0.iter().map(|unit| u16::from_le_bytes(*unit)).collect();
        return Some((id, String::from_utf16_lossy(&units)));
    }
    Some((id, text.iter().map(|letter| char::from(*letter)).collect()))
}

/// Those that a file need not spell out (ECMA-376, 18.8.30).
fn built_in(id: u32) -> Shown {
    Shown::AsRead(match id {
        14..=17 => Shows::Date,
        18..=21 | 45 | 47 => Shows::Time,
        22 => Shows::DateTime,
        _ => Shows::Any,
    })
}

fn formatted(sheet: &[u8], shown: &[Shown]) -> Vec<(u32, u16)> {
    let mut cells = Vec::new();
    for (kind, data) in of_sheet(sheet) {
        let mut add = |column: Option<u32>, xf: Option<u32>| {
            let (Some(row), Some(column), Some(xf)) = (u16_at(data, 0), column, xf) else { return };
            if column <= 0xFFFF && shown.get(xf as usize).is_some_and(|shown| *shown != ANY) {
                cells.push((row << 16 | column, xf as u16));
            }
        };
        match kind {
            FORMULA | NUMBER | RK => add(u16_at(data, 2), u16_at(data, 4)),
            MANY_RK => {
                for i in 0..data.len().saturating_sub(6) / 6 {
                    add(u16_at(data, 2).map(|first| first + i as u32), u16_at(data, 4 + 6 * i));
                }
            }
            _ => (),
        }
    }
    // Of two that name one place, calamine takes the last as well.
    cells.reverse();
    cells.sort_by_key(|(place, _)| *place);
    cells.dedup_by_key(|(place, _)| *place);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: u32, data: &[u8]) -> Vec<u8> {
        let head = [(kind as u16).to_le_bytes(), (data.len() as u16).to_le_bytes()].concat();
        [&head, data].concat()
    }

    fn words(numbers: &[u16]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn codes_narrow_wide_and_of_excel_95() {
        assert_eq!(code_of(b"\xA4\0\x02\0\0d.", true), Some((164, "d.".into())));
        assert_eq!(code_of(b"\xA4\0\x02\0\x01d\0\xE4\0", true), Some((164, "dä".into())));
        assert_eq!(code_of(b"\xA4\0\x02h:", false), Some((164, "h:".into())));
        assert_eq!(code_of(b"\xA4\0\x09\0\0d.", true), None);
    }

    #[test]
    fn a_cell_has_the_format_of_its_style() {
        let begin = record(0x0809, &words(&[0x0600, 5]));
        let end = record(END, &[]);
        let mut book = begin.clone();
        book.extend(record(FORMAT, b"\xA4\0\x08\0\0Standard"));
        for format in [0, 164, 20] {
            book.extend(record(XF, &words(&[0, format])));
        }
        let start = book.len() + 4 + 8 + end.len();
        book.extend(record(0x0085, &[&(start as u32).to_le_bytes()[..], &[0; 4]].concat()));
        book.extend(&end);
        book.extend(&begin);
        book.extend(record(NUMBER, &words(&[0, 3, 1])));
        book.extend(record(MANY_RK, &words(&[2, 1, 0, 0, 0, 2, 0, 0, 2])));
        book.extend(&end);
        let formats = XlsFormats::of(&book, true);
        let mut cells = formats.cells(0);
        assert_eq!(*cells.shown((0, 0)), ANY);
        assert_eq!(*cells.shown((0, 3)), Shown::Number);
        assert_eq!(*cells.shown((2, 1)), ANY);
        assert_eq!(*cells.shown((2, 2)), Shown::AsRead(Shows::Time));
        assert_eq!(*cells.shown((2, 3)), ANY);
        assert_eq!(*formats.cells(1).shown((0, 3)), ANY, "no such sheet");
    }
}
