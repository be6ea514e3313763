//! One part of a zip archive, inflated from its start, in a thread of its own if it is large: the XML is then parsed
//! on one core while the next block is inflated on another.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{sync_channel, Receiver, SyncSender};
use std::sync::Arc;

use flate2::read::DeflateDecoder;

use crate::archive::Part;
use crate::failure::Failure;

const BLOCK_BYTES: usize = 128 << 10;
/// Blocks inflated ahead of the parser.
const BLOCKS_AHEAD: usize = 4;
/// Below this a thread costs more than it brings.
const THREAD_FROM_BYTES: u64 = 1 << 20;

/// A stretch of a file, read without moving the file's own position.
struct Stretch {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Stretch {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let wanted = into.len().min((self.end - self.at).try_into().unwrap_or(usize::MAX));
        let got = self.file.read_at(&mut into[..wanted], self.at)?;
        self.at += got as u64;
        Ok(got)
    }
}

/// Gives exactly the bytes that the directory promises; one more or less is an error, so a directory that lies gains
/// nothing. Their checksum is compared at the end.
struct Inflater {
    name: String,
    source: Box<dyn Read + Send>,
    left: u64,
    hasher: crc32fast::Hasher,
    crc32: u32,
}

impl Inflater {
    fn new(file: Arc<File>, part: &Part) -> Self {
        let stretch = Stretch { file, at: part.packed_at, end: part.packed_at + part.packed_bytes };
        let source: Box<dyn Read + Send> = if part.deflated {
            Box::new(DeflateDecoder::new(BufReader::with_capacity(BLOCK_BYTES, stretch)))
        } else {
            Box::new(stretch)
        };
        Self {
            name: part.shown_name(),
            source,
            left: part.bytes,
            hasher: crc32fast::Hasher::new(),
            crc32: part.crc32,
        }
    }

    fn lie(&self, how: &str) -> io::Error {
        Failure::damaged(format!("the part {} of the file is {how} than its directory says", self.name)).into()
    }
}

impl Read for Inflater {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        if self.left == 0 {
            return match self.source.read(&mut [0]) {
                Ok(0) if self.hasher.clone().finalize() == self.crc32 => Ok(0),
                Ok(0) => Err(Failure::damaged(format!(
                    "the part {} of the file is not what was once packed: its checksum differs",
                    self.name
                ))
                .into()),
                Ok(_) => Err(self.lie("longer")),
                Err(error) => Err(unpack_error(&self.name, error)),
            };
        }
        let wanted = into.len().min(self.left.try_into().unwrap_or(usize::MAX));
        match self.source.read(&mut into[..wanted]) {
            Ok(0) => Err(self.lie("shorter")),
            Ok(got) => {
                self.left -= got as u64;
                self.hasher.update(&into[..got]);
                Ok(got)
            }
            Err(error) => Err(unpack_error(&self.name, error)),
        }
    }
}

fn unpack_error(name: &str, error: io::Error) -> io::Error {
    Failure::damaged(format!("the part {name} of the file cannot be unpacked: {error}")).into()
}

type Block = io::Result<Vec<u8>>;

struct Ahead {
    blocks: Receiver<Block>,
    used: SyncSender<Vec<u8>>,
    block: Vec<u8>,
    at: usize,
}

impl Ahead {
    fn start(mut inflater: Inflater) -> io::Result<Self> {
        let (send, blocks) = sync_channel::<Block>(BLOCKS_AHEAD);
        let (used, reuse) = sync_channel::<Vec<u8>>(BLOCKS_AHEAD + 2);
        // It ends with the part, or when nobody takes its blocks any more.
        std::thread::Builder::new().name("inflate".into()).spawn(move || loop {
            let mut block = reuse.try_recv().unwrap_or_default();
            block.resize(BLOCK_BYTES, 0);
            let mut filled = 0;
            let outcome = loop {
                match inflater.read(&mut block[filled..]) {
                    Ok(0) => break Ok(()),
                    Ok(got) => filled += got,
                    Err(error) => break Err(error),
                }
            };
            block.truncate(filled);
            let last = filled == 0 || outcome.is_err();
            if (filled > 0 && send.send(Ok(block)).is_err()) || last {
                if let Err(error) = outcome {
                    let _ = send.send(Err(error)); // gone: then nobody waits for it
                }
                return;
            }
        })?;
        Ok(Self { blocks, used, block: Vec::new(), at: 0 })
    }
}

impl Read for Ahead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() {
            let Ok(next) = self.blocks.recv() else { return Ok(0) };
            let _ = self.used.try_send(std::mem::replace(&mut self.block, next?)); // full: it is freed
            self.at = 0;
        }
        let got = into.len().min(self.block.len() - self.at);
        into[..got].copy_from_slice(&self.block[self.at..self.at + got]);
        self.at += got;
        Ok(got)
    }
}

/// The bytes of `part` from its first on.
pub fn inflate(file: Arc<File>, part: &Part) -> io::Result<Box<dyn Read + Send>> {
    let inflater = Inflater::new(file, part);
    if part.deflated && part.bytes >= THREAD_FROM_BYTES {
        return Ok(Box::new(Ahead::start(inflater)?));
    }
    Ok(Box::new(inflater))
}
