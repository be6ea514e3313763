//! Bytes as they are unpacked, piece by piece, and the files that are one packed stream: bzip2.

use std::fs::File;
use std::io::{self, BufReader, Read};

use crate::failure::{Code, Failure};

const PIECE_BYTES: usize = 256 << 10;

pub fn hand_over(mut from: impl Read, mut on_piece: impl FnMut(&[u8]) -> bool) -> Result<(), Failure> {
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

/// All of a file's streams, one behind the other.
pub fn bunzip(file: File, on_piece: impl FnMut(&[u8]) -> bool) -> Result<(), Failure> {
    let packed = BufReader::with_capacity(PIECE_BYTES, file);
    hand_over(bzip2::bufread::MultiBzDecoder::new(packed), on_piece)
}

#[cfg(test)]
pub fn file_of(bytes: &[u8]) -> File {
    use std::io::{Seek, SeekFrom, Write};
    let path = std::env::temp_dir().join(format!("sluice-archive-{}-{:p}", std::process::id(), bytes));
    let mut file = File::options().read(true).write(true).create_new(true).open(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    file.write_all(bytes).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_that_is_enough_ends_it() {
        let read = hand_over(&[0u8; 1 << 20][..], |_| false);
        assert!(read.is_err_and(|failure| failure.code == Code::Stopped));
    }
}
