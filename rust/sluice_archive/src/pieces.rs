//! Bytes as they are unpacked, piece by piece, and the files that are one packed stream: bzip2 and xz.

use std::fs::File;
use std::io::{self, BufReader, Read};

use liblzma::stream::{self, Stream, CONCATENATED};

use crate::failure::{Code, Failure};

const PIECE_BYTES: usize = 256 << 10;
/// What liblzma holds beside the dictionary. The next dictionary that a file can have is larger by half.
const XZ_HELD_BYTES: u64 = 2 << 20;

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

/// The same of xz: checked by what each block says of itself, and by the index behind the blocks.
pub fn unxz(file: File, window_bytes_max: u64, on_piece: impl FnMut(&[u8]) -> bool) -> Result<(), Failure> {
    let held = window_bytes_max.saturating_add(XZ_HELD_BYTES);
    let decoder = Stream::new_stream_decoder(held, CONCATENATED).map_err(io::Error::from)?;
    let packed = BufReader::with_capacity(PIECE_BYTES, file);
    hand_over(liblzma::bufread::XzDecoder::new_stream(packed, decoder), on_piece)
}

/// What liblzma says, where it is more than damage.
pub fn said_by_xz(error: &io::Error) -> Option<Failure> {
    match error.get_ref()?.downcast_ref::<stream::Error>()? {
        stream::Error::MemLimit => Some(Failure::new(Code::Window, "its dictionary is too large")),
        stream::Error::Options => Some(Failure::new(Code::Unsupported, "it is packed by a filter that is not known")),
        _ => None,
    }
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
    use liblzma::stream::{Check, Filters, LzmaOptions};
    use std::io::Write;

    const WINDOW: u64 = 8 << 20;

    fn packed(text: &[u8], window_bytes: u32) -> Vec<u8> {
        let mut options = LzmaOptions::new_preset(0).unwrap();
        let stream = Stream::new_stream_encoder(Filters::new().lzma2(options.dict_size(window_bytes)), Check::Crc64);
        let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream.unwrap());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn unpacked(bytes: &[u8]) -> Result<Vec<u8>, Code> {
        let mut all = Vec::new();
        let read = unxz(file_of(bytes), WINDOW, |piece| {
            all.extend_from_slice(piece);
            true
        });
        read.map(|()| all).map_err(|failure| failure.code)
    }

    #[test]
    fn streams_of_xz_follow_each_other() {
        let [one, two] = [packed(b"a,b\n1,2\n", 1 << 20), packed(b"3,4\n", WINDOW as u32)];
        assert_eq!(unpacked(&[&one[..], &two].concat()), Ok(b"a,b\n1,2\n3,4\n".to_vec()));
        assert_eq!(unpacked(&[&one[..], &[0; 8], &two, &[0; 4]].concat()), Ok(b"a,b\n1,2\n3,4\n".to_vec()));
        let large: Vec<u8> = (0..1_000_000u32).flat_map(u32::to_le_bytes).collect();
        assert_eq!(unpacked(&packed(&large, 1 << 20)), Ok(large));
    }

    #[test]
    fn damage_in_xz_is_told_wherever_it_is() {
        let text: Vec<u8> = (0..200u8).collect();
        let whole = packed(&text, 1 << 20);
        for end in 0..whole.len() {
            assert_eq!(unpacked(&whole[..end]), Err(Code::Damaged), "cut at {end}");
        }
        for at in 0..whole.len() {
            let mut wrong = whole.clone();
            wrong[at] ^= 0x10;
            let read = unpacked(&wrong);
            assert!(matches!(read, Err(Code::Damaged | Code::Unsupported | Code::Window)), "byte {at}: {read:?}");
        }
        assert_eq!(unpacked(&[&whole[..], b"more"].concat()), Err(Code::Damaged));
        assert_eq!(unpacked(&[&whole[..], &[0; 3]].concat()), Err(Code::Damaged));
    }

    #[test]
    fn a_dictionary_beyond_the_bound_is_not_made() {
        assert_eq!(unpacked(&packed(b"a\n", WINDOW as u32 + (WINDOW as u32 >> 1))), Err(Code::Window));
    }

    #[test]
    fn a_piece_that_is_enough_ends_it() {
        let read = hand_over(&[0u8; 1 << 20][..], |_| false);
        assert!(read.is_err_and(|failure| failure.code == Code::Stopped));
    }
}
