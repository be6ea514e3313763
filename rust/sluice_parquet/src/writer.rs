//! Arrow arrays into row groups, row groups into bytes.

use std::ffi::c_void;
use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::ffi::{from_ffi_and_data_type, FFI_ArrowArray, FFI_ArrowSchema};
use arrow_array::types::Decimal128Type;
use arrow_array::{Array, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, FieldRef, Fields, Schema};
use parquet::arrow::arrow_writer::{ArrowWriter, ArrowWriterOptions};
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::{EnabledStatistics, WriterProperties};

use crate::failure::{Code, Failure};
use crate::OnBytes;

/// 60 of DuckDB's vectors, which is also the size of its own row groups.
const ROW_GROUP_ROWS: usize = 122_880;
/// Held in memory until it is full.
const ROW_GROUP_BYTES: usize = 32 << 20;
/// Rows go to the encoder in pieces of about this size, so that a batch of long texts does not fill a group at once.
const SLICE_BYTES: usize = 4 << 20;
/// zstd makes half of what Snappy makes, in the same time, but holds up to a megabyte for each column.
const ZSTD_COLUMNS_MAX: usize = 256;
/// What a column's encoder holds before its first value, above all a table for its dictionary.
const EMPTY_COLUMN_BYTES: usize = 64 << 10;

/// Where the bytes go: a function of the caller's.
pub struct Sink {
    on_bytes: OnBytes,
    context: *mut c_void,
    stopped: bool,
}

// Only to satisfy the crate: a writer is used by one thread at a time.
unsafe impl Send for Sink {}

impl Sink {
    pub fn new(on_bytes: OnBytes, context: *mut c_void) -> Self {
        Self { on_bytes, context, stopped: false }
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.stopped && !bytes.is_empty() {
            self.stopped = unsafe { (self.on_bytes)(self.context, bytes.as_ptr(), bytes.len()) } != 0;
        }
        if self.stopped {
            return Err(io::Error::other("nobody takes the bytes"));
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

pub struct Writer {
    schema: Arc<Schema>,
    /// The columns that hold, at any depth, decimals of full width.
    checked: Vec<usize>,
    /// What is buffered may take far more than what it will be encoded to.
    memory_bytes_max: usize,
    writer: ArrowWriter<Sink>,
}

impl Writer {
    pub fn open(schema: &FFI_ArrowSchema, sink: Sink) -> Result<Self, Failure> {
        let schema = Schema::try_from(schema).map_err(|error| Failure::new(Code::Type, error.to_string()))?;
        let schema = Arc::new(Schema::new(schema.fields.iter().map(named).collect::<Fields>()));
        let checked = (0..schema.fields.len()).filter(|at| may_overflow(schema.field(*at).data_type())).collect();
        let columns = schema.flattened_fields().len();
        let compression = match columns {
            ..=ZSTD_COLUMNS_MAX => Compression::ZSTD(ZstdLevel::default()),
            _ => Compression::SNAPPY,
        };
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
            .set_max_row_group_bytes(Some(ROW_GROUP_BYTES))
            // What is kept for the footer must not grow with each page.
            .set_statistics_enabled(EnabledStatistics::Chunk)
            .set_offset_index_disabled(true)
            // Inner fields of lists and maps are named as the Parquet specification wants it.
            .set_coerce_types(true)
            .set_created_by("sluice".into())
            .build();
        // Without Arrow's own schema beside it, the file says the same to each reader.
        let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(sink, schema.clone(), options)
            .map_err(|error| Failure::new(Code::Type, error.to_string()))?;
        let memory_bytes_max = 2 * ROW_GROUP_BYTES + columns * EMPTY_COLUMN_BYTES;
        Ok(Self { schema, checked, memory_bytes_max, writer })
    }

    /// # Safety
    /// `rows` is a struct array of the schema's columns.
    pub unsafe fn append(&mut self, rows: FFI_ArrowArray) -> Result<(), Failure> {
        let data = from_ffi_and_data_type(rows, DataType::Struct(self.schema.fields.clone()))
            .map_err(|error| Failure::from_writer(error, false))?;
        let bytes = data.get_buffer_memory_size();
        let columns = StructArray::from(data);
        for &at in &self.checked {
            check(columns.column(at).as_ref(), self.schema.field(at).name())?;
        }
        let batch = RecordBatch::try_new(self.schema.clone(), columns.columns().to_vec())
            .map_err(|error| Failure::from_writer(error, false))?;
        let slice_rows = (batch.num_rows() / (bytes / SLICE_BYTES + 1)).max(1);
        for from in (0..batch.num_rows()).step_by(slice_rows) {
            let slice = batch.slice(from, slice_rows.min(batch.num_rows() - from));
            let written = self.writer.write(&slice);
            self.checked_write(written)?;
            if self.writer.memory_size() > self.memory_bytes_max {
                let flushed = self.writer.flush();
                self.checked_write(flushed)?;
            }
        }
        Ok(())
    }

    /// Handed out, and what is buffered as it will be at most.
    pub fn bytes(&self) -> u64 {
        (self.writer.bytes_written() + self.writer.in_progress_size()) as u64
    }

    pub fn note(&mut self, key: String, value: String) {
        self.writer.append_key_value_metadata(KeyValue::new(key, value));
    }

    pub fn finish(&mut self) -> Result<(), Failure> {
        let finished = self.writer.finish().map(drop);
        self.checked_write(finished)
    }

    fn checked_write(&self, outcome: parquet::errors::Result<()>) -> Result<(), Failure> {
        outcome.map_err(|error| Failure::from_writer(error, self.writer.inner().stopped))
    }
}

impl Drop for Writer {
    /// After a failure, what the crate still buffers goes nowhere.
    fn drop(&mut self) {
        self.writer.inner_mut().stopped = true;
    }
}

/// The members of an unnamed row get names: Parquet finds columns by them.
fn named(field: &FieldRef) -> FieldRef {
    let inner = |field: &FieldRef| named(field);
    let data_type = match field.data_type() {
        DataType::Struct(fields) => {
            let named = |(at, field): (usize, &FieldRef)| {
                let field = inner(field);
                match field.name().is_empty() {
                    true => Arc::new(Field::clone(&field).with_name(format!("v{}", at + 1))),
                    false => field,
                }
            };
            DataType::Struct(fields.iter().enumerate().map(named).collect())
        }
        DataType::List(field) => DataType::List(inner(field)),
        DataType::FixedSizeList(field, size) => DataType::FixedSizeList(inner(field), *size),
        DataType::Map(field, sorted) => DataType::Map(inner(field), *sorted),
        _ => return field.clone(),
    };
    Arc::new(Field::clone(field).with_data_type(data_type))
}

fn may_overflow(data_type: &DataType) -> bool {
    match data_type {
        DataType::Decimal128(38, 0) => true,
        DataType::Struct(fields) => fields.iter().any(|field| may_overflow(field.data_type())),
        DataType::List(field) | DataType::FixedSizeList(field, _) | DataType::Map(field, _) => {
            may_overflow(field.data_type())
        }
        _ => false,
    }
}

/// An integer of 128 bits arrives as DECIMAL(38,0), whatever its value.
fn check(array: &dyn Array, column: &str) -> Result<(), Failure> {
    match array.data_type() {
        DataType::Decimal128(38, 0) => {
            array.as_primitive::<Decimal128Type>().validate_decimal_precision(38).map_err(|_| {
                Failure::new(Code::Value, format!("The column {column} has an integer of more than 38 digits"))
            })
        }
        DataType::Struct(_) => array.as_struct().columns().iter().try_for_each(|inner| check(inner.as_ref(), column)),
        DataType::List(_) => check(array.as_list::<i32>().values().as_ref(), column),
        DataType::FixedSizeList(..) => check(array.as_fixed_size_list().values().as_ref(), column),
        DataType::Map(..) => {
            array.as_map().entries().columns().iter().try_for_each(|inner| check(inner.as_ref(), column))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::c_int;

    use arrow_array::ffi::to_ffi;
    use arrow_array::{ArrayRef, Decimal128Array, Int64Array};
    use parquet::file::reader::{FileReader, SerializedFileReader};

    unsafe extern "C" fn keep(context: *mut c_void, bytes: *const u8, count: usize) -> c_int {
        (*context.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(bytes, count));
        0
    }

    unsafe extern "C" fn refuse(_: *mut c_void, _: *const u8, _: usize) -> c_int {
        1
    }

    fn rows(name: &str, column: ArrayRef) -> (FFI_ArrowArray, FFI_ArrowSchema) {
        let field = Arc::new(Field::new(name, column.data_type().clone(), true));
        to_ffi(&StructArray::from(vec![(field, column)]).into()).expect("an array of ours")
    }

    #[test]
    fn row_groups_come_while_rows_go_in() {
        let mut file = Vec::<u8>::new();
        let batch = || rows("n", Arc::new(Int64Array::from_iter_values(0..2048)));
        let sink = Sink::new(keep, (&raw mut file).cast());
        let mut writer = Writer::open(&batch().1, sink).expect("a schema of ours");
        for _ in 0..61 {
            unsafe { writer.append(batch().0) }.expect("rows of ours");
        }
        assert!(file.len() > 10_000, "the first group is out: {}", file.len());
        assert!(writer.bytes() > file.len() as u64);
        writer.note("a".into(), "b".into());
        writer.finish().expect("a whole file");
        drop(writer);
        let read = SerializedFileReader::new(bytes::Bytes::from(file)).expect("a Parquet file");
        let groups: Vec<i64> = read.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(groups, [122_880, 2048]);
        let notes = read.metadata().file_metadata().key_value_metadata().expect("there are some");
        assert_eq!(notes, &vec![KeyValue::new("a".into(), "b".to_string())]);
    }

    #[test]
    fn a_sink_that_takes_nothing_stops_it() {
        let (array, schema) = rows("n", Arc::new(Int64Array::from(vec![1])));
        let mut writer = Writer::open(&schema, Sink::new(refuse, std::ptr::null_mut())).expect("nothing is sent yet");
        unsafe { writer.append(array) }.expect("it is only buffered");
        assert_eq!(writer.finish().expect_err("nobody took it").code, Code::Stopped);
    }

    #[test]
    fn integers_of_39_digits_are_refused() {
        let decimals = |value| Decimal128Array::from(vec![None, Some(value)]).with_precision_and_scale(38, 0);
        for (value, fits) in [(10i128.pow(38) - 1, true), (-(10i128.pow(38)) + 1, true), (10i128.pow(38), false)] {
            let (array, schema) = rows("big", Arc::new(decimals(value).expect("its type is")));
            let mut file = Vec::<u8>::new();
            let mut writer = Writer::open(&schema, Sink::new(keep, (&raw mut file).cast())).expect("a schema of ours");
            let outcome = unsafe { writer.append(array) };
            assert_eq!(outcome.is_ok(), fits, "{value}");
            if let Err(failure) = outcome {
                assert_eq!(failure.code, Code::Value);
                assert!(failure.message.contains("big"), "{}", failure.message);
            }
        }
    }
}
