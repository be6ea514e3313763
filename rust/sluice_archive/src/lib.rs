//! What holds tables or packs one, behind a small C interface (src/ingest/bytes/archive_abi.h): the members of zip and
//! tar, one member's bytes, and what a file of bzip2 or xz unpacks to.
//!
//! Bytes are handed over in pieces as they are unpacked, and the caller says when it is enough: nothing is held whole,
//! and what a file promises of its size is not believed.

mod failure;
mod members;
mod pieces;

use std::ffi::{c_char, c_int, c_void, CStr, OsStr};
use std::fs::File;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use failure::Failure;
use sluice_c_abi::CError;

#[repr(C)]
pub struct SluiceArchiveMember {
    name: *const c_char,
    name_bytes: usize,
    bytes: u64,
}

type OnMember = unsafe extern "C" fn(context: *mut c_void, member: *const SluiceArchiveMember) -> c_int;
type OnBytes = unsafe extern "C" fn(context: *mut c_void, bytes: *const c_char, count: usize) -> c_int;

/// # Safety
/// `path` is a C string.
unsafe fn open(path: *const c_char) -> Result<File, Failure> {
    Ok(File::open(Path::new(OsStr::from_bytes(CStr::from_ptr(path).to_bytes())))?)
}

/// The caller's function for bytes.
///
/// # Safety
/// It does not unwind, and takes `context`.
unsafe fn to(on_bytes: OnBytes, context: *mut c_void) -> impl FnMut(&[u8]) -> bool {
    move |piece| on_bytes(context, piece.as_ptr().cast(), piece.len()) == 0
}

/// # Safety
/// `path` is a C string, `error` points to its type; `on_member` does not unwind.
#[no_mangle]
pub unsafe extern "C" fn sluice_archive_members(
    path: *const c_char,
    kind: i32,
    on_member: OnMember,
    context: *mut c_void,
    error: *mut CError,
) -> i32 {
    (*error).guarded(|| {
        members::members(open(path)?, kind, |name, bytes| {
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
    error: *mut CError,
) -> i32 {
    (*error).guarded(|| members::read_member(open(path)?, kind, index, to(on_bytes, context)))
}

/// # Safety
/// As `sluice_archive_members`.
#[no_mangle]
pub unsafe extern "C" fn sluice_archive_bunzip(
    path: *const c_char,
    on_bytes: OnBytes,
    context: *mut c_void,
    error: *mut CError,
) -> i32 {
    (*error).guarded(|| pieces::bunzip(open(path)?, to(on_bytes, context)))
}

/// # Safety
/// As `sluice_archive_members`.
#[no_mangle]
pub unsafe extern "C" fn sluice_archive_unxz(
    path: *const c_char,
    window_bytes_max: u64,
    on_bytes: OnBytes,
    context: *mut c_void,
    error: *mut CError,
) -> i32 {
    (*error).guarded(|| pieces::unxz(open(path)?, window_bytes_max, to(on_bytes, context)))
}
