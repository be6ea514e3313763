//! The files in a zip or tar archive.

use std::fs::File;
use std::io::BufReader;

use crate::failure::{Code, Failure};
use crate::pieces::hand_over;

/// As many as a workbook may have parts; a folder of more tables is not uploaded as one file.
const MEMBERS_MAX: usize = 20_000;

/// Numbers are part of the C interface.
pub const ZIP: i32 = 1;
pub const TAR: i32 = 2;

/// Calls with name and size of each file, in the archive's order, until it is enough.
pub fn members(file: File, kind: i32, mut on_member: impl FnMut(&[u8], u64) -> bool) -> Result<(), Failure> {
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
pub fn read_member(file: File, kind: i32, index: usize, on_piece: impl FnMut(&[u8]) -> bool) -> Result<(), Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pieces::file_of;
    use std::io::{Cursor, Seek, SeekFrom, Write};

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
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
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
}
