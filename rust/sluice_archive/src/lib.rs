//! Archives that hold tables, behind a small C interface (src/ingest/bytes/archive_abi.h): the members of zip and tar,
//! one member's bytes, and what a bzip2 file unpacks to.
//!
//! Bytes are handed over in pieces as they are unpacked, and the caller says when it is enough: nothing is held whole,
//! and what a file promises of its size is not believed.

use std::ffi::{c_char, c_int, c_void, CStr, OsStr};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;

const MESSAGE_BYTES: usize = 512;
const PIECE_BYTES: usize = 256 << 10;
/// As many as a workbook may have parts; a folder of more tables is not uploaded as one file.
const MEMBERS_MAX: usize = 20_000;

/// Numbers are part of the C interface.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(i32)]
enum Code {
    Io = 1,
    Damaged = 2,
    Password = 3,
    Unsupported = 4,
    Stopped = 5,
    TooMany = 6,
}

struct Failure {
    code: Code,
    message: String,
}

impl Failure {
    fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // Of the operating system, or of the bytes that were read: a place that no file has is theirs as well.
        let of_the_system = error.raw_os_error().is_some() && error.kind() != io::ErrorKind::InvalidInput;
        let code = if of_the_system { Code::Io } else { Code::Damaged };
        Self::new(code, error.to_string())
    }
}

impl From<zip::result::ZipError> for Failure {
    fn from(error: zip::result::ZipError) -> Self {
        use zip::result::ZipError;
        match error {
            ZipError::Io(error) => error.into(),
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => Self::new(Code::Password, "it has a password"),
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
                Self::new(Code::Unsupported, error.to_string())
            }
            error => Self::new(Code::Damaged, error.to_string()),
        }
    }
}

#[repr(C)]
pub struct SluiceArchiveError {
    code: i32,
    message: [u8; MESSAGE_BYTES],
}

#[repr(C)]
pub struct SluiceArchiveMember {
    name: *const c_char,
    name_bytes: usize,
    bytes: u64,
}

type OnMember = unsafe extern "C" fn(context: *mut c_void, member: *const SluiceArchiveMember) -> c_int;
type OnBytes = unsafe extern "C" fn(context: *mut c_void, bytes: *const c_char, count: usize) -> c_int;

/// Numbers are part of the C interface.
const ZIP: i32 = 1;
const TAR: i32 = 2;

fn tell(failure: &Failure, error: &mut SluiceArchiveError) -> i32 {
    let mut end = failure.message.len().min(MESSAGE_BYTES - 1);
    while !failure.message.is_char_boundary(end) {
        end -= 1;
    }
    error.message[..end].copy_from_slice(&failure.message.as_bytes()[..end]);
    error.message[end] = 0;
    error.code = failure.code as i32;
    error.code
}

fn guarded(error: &mut SluiceArchiveError, what: impl FnOnce() -> Result<(), Failure>) -> i32 {
    let outcome = catch_unwind(AssertUnwindSafe(what))
        .unwrap_or_else(|_| Err(Failure::new(Code::Damaged, "the reader gave up")));
    outcome.map_or_else(|failure| tell(&failure, error), |()| 0)
}

/// # Safety
/// `path` is a C string.
unsafe fn open(path: *const c_char) -> Result<File, Failure> {
    Ok(File::open(Path::new(OsStr::from_bytes(CStr::from_ptr(path).to_bytes())))?)
}

fn hand_over(mut from: impl Read, mut on_piece: impl FnMut(&[u8]) -> bool) -> Result<(), Failure> {
    let mut piece = vec![0; PIECE_BYTES];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(()),
            Ok(got) if on_piece(&piece[..got]) => (),
            Ok(_) => return Err(Failure::new(Code::Stopped, "the reader asked for no more")),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => (),
            Err(error) => return Err(error.into()),
        }
    }
}

/// Calls with name and size of each file, in the archive's order, until it is enough.
fn members(file: File, kind: i32, mut on_member: impl FnMut(&[u8], u64) -> bool) -> Result<(), Failure> {
    let stopped = || Failure::new(Code::Stopped, "the reader asked for no more");
    let too_many = || Failure::new(Code::TooMany, format!("it has more than {MEMBERS_MAX} members"));
    if kind == ZIP {
        let mut zip = zip::ZipArchive::new(BufReader::new(file))?;
        if zip.len() > MEMBERS_MAX {
            return Err(too_many());
        }
        for index in 0..zip.len() {
            let member = zip.by_index_raw(index)?;
            if !member.is_dir() && !on_member(member.name()?.as_bytes(), member.size()) {
                return Err(stopped());
            }
        }
        return Ok(());
    }
    debug_assert_eq!(kind, TAR);
    let mut tar = tar::Archive::new(file);
    for (count, member) in tar.entries_with_seek()?.enumerate() {
        let member = member?;
        if count >= MEMBERS_MAX {
            return Err(too_many());
        }
        if member.header().entry_type().is_file() && !on_member(&member.path_bytes(), member.size()) {
            return Err(stopped());
        }
    }
    Ok(())
}

/// The bytes of the `index`th of `members`.
fn read_member(file: File, kind: i32, index: usize, on_piece: impl FnMut(&[u8]) -> bool) -> Result<(), Failure> {
    let gone = || Failure::new(Code::Damaged, "the member is not there any more");
    if kind == ZIP {
        let mut zip = zip::ZipArchive::new(BufReader::new(file))?;
        let mut files = 0;
        for at in 0..zip.len() {
            if zip.by_index_raw(at)?.is_dir() {
                continue;
            }
            if files == index {
                return hand_over(zip.by_index(at)?, on_piece);
            }
            files += 1;
        }
        return Err(gone());
    }
    let mut tar = tar::Archive::new(file);
    let mut files = 0;
    for member in tar.entries_with_seek()? {
        let member = member?;
        if !member.header().entry_type().is_file() {
            continue;
        }
        if files == index {
            return hand_over(member, on_piece);
        }
        files += 1;
    }
    Err(gone())
}

/// # Safety
/// `path` is a C string, `error` points to its type; `on_member` does not unwind.
#[no_mangle]
pub unsafe extern "C" fn sluice_archive_members(
    path: *const c_char,
    kind: i32,
    on_member: OnMember,
    context: *mut c_void,
    error: *mut SluiceArchiveError,
) -> i32 {
    guarded(&mut *error, || {
        members(open(path)?, kind, |name, bytes| {
            let member = SluiceArchiveMember { name: name.as_ptr().cast(), name_bytes: name.len(), bytes };
            on_member(context, &member) == 0
        })
    })
}

/// # Safety
/// As `sluice_archive_members`.
#[no_mangle]
pub unsafe extern "C" fn sluice_archive_read(
    path: *const c_char,
    kind: i32,
    index: usize,
    on_bytes: OnBytes,
    context: *mut c_void,
    error: *mut SluiceArchiveError,
) -> i32 {
    guarded(&mut *error, || {
        read_member(open(path)?, kind, index, |piece| on_bytes(context, piece.as_ptr().cast(), piece.len()) == 0)
    })
}

/// # Safety
/// As `sluice_archive_members`.
#[no_mangle]
pub unsafe extern "C" fn sluice_archive_bunzip(
    path: *const c_char,
    on_bytes: OnBytes,
    context: *mut c_void,
    error: *mut SluiceArchiveError,
) -> i32 {
    guarded(&mut *error, || {
        let packed = BufReader::with_capacity(PIECE_BYTES, open(path)?);
        hand_over(bzip2::bufread::MultiBzDecoder::new(packed), |piece| {
            on_bytes(context, piece.as_ptr().cast(), piece.len()) == 0
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek, SeekFrom, Write};

    fn file_of(bytes: &[u8]) -> File {
        let path = std::env::temp_dir().join(format!("sluice-archive-{}-{:p}", std::process::id(), bytes));
        let mut file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        file
    }

    fn names(bytes: &[u8], kind: i32) -> Vec<(String, u64)> {
        let mut found = Vec::new();
        let read = members(file_of(bytes), kind, |name, size| {
            found.push((String::from_utf8_lossy(name).into_owned(), size));
            true
        });
        assert!(read.is_ok());
        found
    }

    fn content(bytes: &[u8], kind: i32, index: usize) -> Result<Vec<u8>, i32> {
        let mut all = Vec::new();
        read_member(file_of(bytes), kind, index, |piece| {
            all.extend_from_slice(piece);
            true
        })
        .map(|()| all)
        .map_err(|failure| failure.code as i32)
    }

    #[test]
    fn zip_members() {
        let mut zip = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        zip.add_directory("d/", options).unwrap();
        for (name, text) in [("d/a.csv", "x\n1\n"), ("b.csv", "y\n2\n")] {
            zip.start_file(name, options).unwrap();
            zip.write_all(text.as_bytes()).unwrap();
        }
        let bytes = zip.finish().unwrap().into_inner();
        assert_eq!(names(&bytes, ZIP), [("d/a.csv".to_string(), 4), ("b.csv".to_string(), 4)]);
        assert_eq!(content(&bytes, ZIP, 1), Ok(b"y\n2\n".to_vec()));
        assert_eq!(content(&bytes, ZIP, 2), Err(Code::Damaged as i32));
        assert_eq!(content(&bytes[..40], ZIP, 0), Err(Code::Damaged as i32));
    }

    #[test]
    fn tar_members() {
        let mut tar = tar::Builder::new(Vec::new());
        let long = "n".repeat(150) + ".csv";
        for (name, text) in [("a.csv", "x\n1\n"), (long.as_str(), "y\n2\n")] {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        let bytes = tar.into_inner().unwrap();
        assert_eq!(names(&bytes, TAR), [("a.csv".to_string(), 4), (long, 4)]);
        assert_eq!(content(&bytes, TAR, 1), Ok(b"y\n2\n".to_vec()));
    }

    #[test]
    fn a_place_that_no_file_has_is_damage() {
        let mut header = tar::Header::new_gnu();
        header.set_path("a.csv").unwrap();
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(1 << 62);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend_from_slice(&[b'x'; 1024]);
        let read = members(file_of(&bytes), TAR, |_, _| true);
        assert!(read.is_err_and(|failure| failure.code == Code::Damaged));
        let seek = file_of(b"x").seek(SeekFrom::Start(u64::MAX));
        assert!(seek.is_err_and(|error| Failure::from(error).code == Code::Damaged));
    }

    #[test]
    fn a_piece_that_is_enough_ends_it() {
        let read = hand_over(&[0u8; 1 << 20][..], |_| false);
        assert!(read.is_err_and(|failure| failure.code == Code::Stopped));
    }
}
