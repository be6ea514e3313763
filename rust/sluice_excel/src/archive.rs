//! A zip file seen through our own inflater: bounded before and while it is unpacked.
//!
//! calamine opens archives itself, so it is given one that is not packed at all: `Unpacked` has the parts of the real
//! file, "stored", and inflates a part when it is read. What was promised by the directory is checked against the
//! limits when opening, and is enforced byte by byte when reading.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Arc, Mutex, MutexGuard};

use zip::{CompressionMethod, ZipArchive};

use crate::failure::{Cause, Code, Failure};
use crate::inflate::inflate;

/// Bounds of `sluice_excel_open`; the caller gives them.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// All parts of the archive together, inflated.
    pub inflated_bytes_max: u64,
    /// One part, inflated, against its packed bytes.
    pub inflate_ratio_max: u64,
    /// Parts that are held whole in memory: shared strings, styles, the content of an .ods.
    pub held_bytes_max: u64,
    /// Cells of formats that are held whole in memory (.xls and .ods), gaps between cells included.
    pub held_cells_max: u64,
}

/// A part below this may have any ratio: a sheet of a few empty rows is all repetition.
const RATIO_FROM_BYTES: u64 = 1 << 20;
/// A workbook of 1,000 sheets has about 3,000.
const PARTS_MAX: usize = 20_000;
/// Offsets in our own directory are 32 bits wide.
const UNPACKED_BYTES_MAX: u64 = 0xF000_0000;

#[derive(Clone, Debug)]
pub struct Part {
    pub name: Vec<u8>,
    pub packed_at: u64,
    pub packed_bytes: u64,
    pub bytes: u64,
    pub deflated: bool,
    pub crc32: u32,
    /// Where its local header is in the unpacked archive.
    at: u64,
}

impl Part {
    pub fn shown_name(&self) -> String {
        String::from_utf8_lossy(&self.name).chars().take(80).collect()
    }
    /// Excel's own parts are found whatever their case.
    pub fn is_named(&self, end: &str) -> bool {
        let from = self.name.len().saturating_sub(end.len());
        self.name[from..].eq_ignore_ascii_case(end.as_bytes())
    }
    fn data_at(&self) -> u64 {
        self.at + 30 + self.name.len() as u64
    }
}

/// What programs keep beside the parts: attributes of macOS, settings of folders. No relationship names it, and it need
/// not be XML.
fn is_beside(name: &[u8]) -> bool {
    let file = name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
    let others: [&[u8]; 3] = [b".DS_Store", b"Thumbs.db", b"desktop.ini"];
    name.starts_with(b"__MACOSX/") || file.starts_with(b"._") || others.contains(&file)
}

/// The parts and the directory: shared by all readers of one file.
pub struct Archive {
    file: Arc<File>,
    pub parts: Vec<Part>,
    directory: Vec<u8>,
    directory_at: u64,
}

impl Archive {
    pub fn open(file: Arc<File>, limits: &Limits) -> Result<Arc<Self>, Failure> {
        let mut zip = ZipArchive::new(&*file)
            .map_err(|error| Failure::damaged(format!("the file begins as a zip archive and is none: {error}")))?;
        if zip.len() > PARTS_MAX {
            return Err(Failure::limit(format!("the file has {} parts, at most {PARTS_MAX} are read", zip.len())));
        }
        let mut parts = Vec::with_capacity(zip.len());
        let (mut at, mut total) = (0u64, 0u64);
        for index in 0..zip.len() {
            let entry =
                zip.by_index_raw(index).map_err(|error| Failure::damaged(format!("the zip archive: {error}")))?;
            if is_beside(entry.name_raw()) {
                continue;
            }
            let deflated = match entry.compression() {
                CompressionMethod::Deflated => true,
                CompressionMethod::Stored => false,
                other => return Err(Failure::damaged(format!("a part is packed by {other:?}, which is not read"))),
            };
            if entry.encrypted() {
                return Err(Failure::new(Code::Password, "the archive is protected by a password"));
            }
            let packed_at =
                entry.data_start().ok_or_else(|| Failure::damaged("a part of the zip archive has no place"))?;
            let part = Part {
                name: entry.name_raw().to_vec(),
                packed_at,
                packed_bytes: entry.compressed_size(),
                bytes: entry.size(),
                deflated,
                crc32: entry.crc32(),
                at,
            };
            total = total.saturating_add(part.bytes);
            if total > limits.inflated_bytes_max.min(UNPACKED_BYTES_MAX) {
                return Err(Failure::limit(format!(
                    "the file unpacks to more than {} bytes",
                    limits.inflated_bytes_max.min(UNPACKED_BYTES_MAX)
                )));
            }
            let packed = part.packed_bytes.max(1);
            if part.bytes > RATIO_FROM_BYTES && part.bytes / packed > limits.inflate_ratio_max {
                return Err(Failure::limit(format!(
                    "the part {} unpacks to {} times its size, at most {} are read",
                    part.shown_name(),
                    part.bytes / packed,
                    limits.inflate_ratio_max
                )));
            }
            at = part.data_at() + part.bytes;
            parts.push(part);
        }
        let directory = directory(&parts, at);
        Ok(Arc::new(Self { file, parts, directory, directory_at: at }))
    }

    pub fn part(&self, end: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.is_named(end))
    }

    /// Its bytes, for checks before calamine reads it.
    pub fn read(&self, part: &Part) -> io::Result<Box<dyn Read + Send>> {
        inflate(self.file.clone(), part)
    }
}

/// The fields that a local header and a directory entry have in common, from "version needed" on.
fn common(part: &Part, out: &mut Vec<u8>) {
    // Version 2.0, UTF-8 names, stored, no time.
    for value in [20u16, 1 << 11, 0, 0, 0x21] {
        out.extend(value.to_le_bytes());
    }
    for value in [part.crc32, part.bytes as u32, part.bytes as u32] {
        out.extend(value.to_le_bytes());
    }
    out.extend((part.name.len() as u16).to_le_bytes());
    out.extend(0u16.to_le_bytes());
}

fn local_header(part: &Part) -> Vec<u8> {
    let mut out = b"PK\x03\x04".to_vec();
    common(part, &mut out);
    out.extend(&part.name);
    out
}

fn directory(parts: &[Part], directory_at: u64) -> Vec<u8> {
    let mut out = Vec::new();
    for part in parts {
        out.extend(b"PK\x01\x02\x14\x00");
        common(part, &mut out);
        out.extend([0; 10]); // comment, disk, attributes
        out.extend((part.at as u32).to_le_bytes());
        out.extend(&part.name);
    }
    let bytes = out.len() as u32;
    out.extend(b"PK\x05\x06\0\0\0\0");
    out.extend((parts.len() as u16).to_le_bytes());
    out.extend((parts.len() as u16).to_le_bytes());
    out.extend(bytes.to_le_bytes());
    out.extend((directory_at as u32).to_le_bytes());
    out.extend(0u16.to_le_bytes());
    out
}

/// A part being inflated.
struct Running {
    index: usize,
    /// The offset in the part of the next byte.
    at: u64,
    source: Box<dyn Read + Send>,
}

/// The part that a reader of the archive is in. calamine stops at the last element that it needs, so whoever owns it
/// asks for the rest: only at its end a part is known to be whole.
#[derive(Clone, Default)]
pub struct CurrentPart(Arc<Mutex<Option<Running>>>);

impl CurrentPart {
    /// Reads what is left of the part and checks it.
    pub fn finish(&self) -> Result<(), Failure> {
        match self.running().take() {
            Some(mut running) => Ok(io::copy(&mut running.source, &mut io::sink()).map(drop)?),
            None => Ok(()),
        }
    }
    fn running(&self) -> MutexGuard<'_, Option<Running>> {
        self.0.lock().expect("no panic holds it")
    }
}

/// The archive as if nothing in it were packed. A part is read forwards; going back in it starts it again.
pub struct Unpacked {
    archive: Arc<Archive>,
    cause: Cause,
    at: u64,
    current: CurrentPart,
}

impl Unpacked {
    pub fn new(archive: Arc<Archive>, cause: Cause, current: CurrentPart) -> Self {
        Self { archive, cause, at: 0, current }
    }

    fn read_part(&mut self, index: usize, offset: u64, into: &mut [u8]) -> io::Result<usize> {
        let part = &self.archive.parts[index];
        if !matches!(&*self.current.running(), Some(running) if running.index == index && running.at <= offset) {
            self.current.finish()?;
            *self.current.running() = Some(Running { index, at: 0, source: self.archive.read(part)? });
        }
        let mut current = self.current.running();
        let running = current.as_mut().expect("it was just set");
        if running.at < offset {
            running.at += io::copy(&mut running.source.by_ref().take(offset - running.at), &mut io::sink())?;
        }
        let wanted = into.len().min((part.bytes - offset).try_into().unwrap_or(usize::MAX));
        let got = running.source.read(&mut into[..wanted])?;
        running.at += got as u64;
        if running.at == part.bytes && running.source.read(&mut [0])? != 0 {
            return Err(Failure::damaged("a part is longer than the directory says").into());
        }
        Ok(got)
    }

    fn read_at(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.archive.directory_at {
            let from = ((self.at - self.archive.directory_at) as usize).min(self.archive.directory.len());
            return (&self.archive.directory[from..]).read(into);
        }
        let index = self.archive.parts.partition_point(|part| part.at <= self.at) - 1;
        let part = &self.archive.parts[index];
        if self.at < part.data_at() {
            return (&local_header(part)[(self.at - part.at) as usize..]).read(into);
        }
        let offset = self.at - part.data_at();
        self.read_part(index, offset, into)
    }
}

impl Read for Unpacked {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.read_at(into) {
            Ok(got) => {
                self.at += got as u64;
                Ok(got)
            }
            Err(error) => {
                let failure = Failure::from(error);
                self.cause.set(&failure);
                Err(failure.into())
            }
        }
    }
}

impl Seek for Unpacked {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.archive.directory_at + self.archive.directory.len() as u64;
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => end.checked_add_signed(by),
        };
        self.at = at.ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}
