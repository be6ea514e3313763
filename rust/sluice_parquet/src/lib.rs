//! Rows as a Parquet file by the parquet crate, behind a small C interface (src/query/render/parquet_abi.h).
//!
//! Arrow goes in, bytes come out by a callback as soon as a row group is full: nothing is written to a disk, and no more
//! than one row group is held. Panics are caught here.

mod failure;
mod writer;

use std::ffi::{c_char, c_int, c_void, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema};
use failure::{Code, Failure};
use sluice_c_abi::CError;
use writer::{Sink, Writer};

#[repr(C)]
pub struct SluiceParquetNote {
    key: *const c_char,
    value: *const c_char,
}

pub type OnBytes = unsafe extern "C" fn(context: *mut c_void, bytes: *const u8, count: usize) -> c_int;

pub struct SluiceParquetWriter {
    writer: Writer,
    /// After a panic nothing is known of its state.
    broken: bool,
}

impl SluiceParquetWriter {
    fn with(&mut self, error: &mut CError, what: impl FnOnce(&mut Writer) -> Result<(), Failure>) -> i32 {
        if self.broken {
            return error.tell(&Failure::new(Code::Panic, "the file is unusable after an earlier failure"));
        }
        let code = error.guarded(|| what(&mut self.writer));
        self.broken = code != 0;
        code
    }
}

/// # Safety
/// `schema`, `out` and `error` point to their types, `on_bytes` does not unwind.
#[no_mangle]
pub unsafe extern "C" fn sluice_parquet_open(
    schema: *mut FFI_ArrowSchema,
    on_bytes: OnBytes,
    context: *mut c_void,
    out: *mut *mut SluiceParquetWriter,
    error: *mut CError,
) -> i32 {
    let schema = FFI_ArrowSchema::from_raw(schema);
    (*error).guarded::<Failure>(|| {
        let writer = Writer::open(&schema, Sink::new(on_bytes, context))?;
        *out = Box::into_raw(Box::new(SluiceParquetWriter { writer, broken: false }));
        Ok(())
    })
}

/// # Safety
/// `writer` is from `sluice_parquet_open`, `rows` an array of its schema, `error` points to its type.
#[no_mangle]
pub unsafe extern "C" fn sluice_parquet_append(
    writer: *mut SluiceParquetWriter,
    rows: *mut FFI_ArrowArray,
    error: *mut CError,
) -> i32 {
    let rows = FFI_ArrowArray::from_raw(rows);
    (*writer).with(&mut *error, |writer| writer.append(rows))
}

/// # Safety
/// `writer` is from `sluice_parquet_open`.
#[no_mangle]
pub unsafe extern "C" fn sluice_parquet_bytes(writer: *const SluiceParquetWriter) -> u64 {
    if (*writer).broken {
        return 0;
    }
    catch_unwind(AssertUnwindSafe(|| (*writer).writer.bytes())).unwrap_or(0)
}

/// # Safety
/// `writer` is from `sluice_parquet_open`, `notes` are `count` pairs of C strings, `error` points to its type.
#[no_mangle]
pub unsafe extern "C" fn sluice_parquet_finish(
    writer: *mut SluiceParquetWriter,
    notes: *const SluiceParquetNote,
    count: usize,
    error: *mut CError,
) -> i32 {
    let text = |from: *const c_char| CStr::from_ptr(from).to_string_lossy().into_owned();
    (*writer).with(&mut *error, |writer| {
        for index in 0..count {
            let note = &*notes.add(index);
            writer.note(text(note.key), text(note.value));
        }
        writer.finish()
    })
}

/// # Safety
/// `writer` is from `sluice_parquet_open`, or null, and not used after this.
#[no_mangle]
pub unsafe extern "C" fn sluice_parquet_close(writer: *mut SluiceParquetWriter) {
    if !writer.is_null() {
        // A panic in a destructor leaks what is left.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(writer))));
    }
}
