#pragma once

/// The C interface of rust/sluice_parquet, which encodes Parquet with the parquet crate. Written by
/// hand: a change here is a change there. Every call returns 0 or an error's code, fills `error`
/// then, and never unwinds. A writer is used by one thread at a time and makes no thread.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct ArrowSchema;
struct ArrowArray;

typedef struct SluiceParquetWriter SluiceParquetWriter;

enum SluiceParquetCode {
  SLUICE_PARQUET_OK = 0,
  SLUICE_PARQUET_TYPE = 1,     ///< The schema has a type that Parquet does not have.
  SLUICE_PARQUET_VALUE = 2,    ///< A value that its column's type cannot hold.
  SLUICE_PARQUET_STOPPED = 3,  ///< The callback returned other than 0.
  SLUICE_PARQUET_WRITER = 4,   ///< The encoder refused.
  SLUICE_PARQUET_PANIC = 5     ///< A defect; the writer can only be closed.
};

typedef struct SluiceParquetError {
  int32_t code;
  char message[512];  ///< UTF-8, ended by NUL.
} SluiceParquetError;

/// A pair of the file's key-value metadata; C strings.
typedef struct SluiceParquetNote {
  const char* key;
  const char* value;
} SluiceParquetNote;

/// The next bytes of the file, valid until it returns. Other than 0 stops. Must not unwind.
typedef int (*SluiceParquetOnBytes)(void* context, const uint8_t* bytes, size_t count);

/// Takes `schema`, whatever comes of it. Row groups are of 122,880 rows or 32 MiB.
int32_t sluice_parquet_open(struct ArrowSchema* schema, SluiceParquetOnBytes on_bytes,
                            void* context, SluiceParquetWriter** out, SluiceParquetError* error);
/// Takes `rows`, whatever comes of it: a struct array of the schema's columns. Calls `on_bytes` for
/// each row group that is full.
int32_t sluice_parquet_append(SluiceParquetWriter* writer, struct ArrowArray* rows,
                              SluiceParquetError* error);
/// Bytes handed out, and an estimate of what the buffered rows will be.
uint64_t sluice_parquet_bytes(const SluiceParquetWriter* writer);
/// The last row group and the footer; nothing may be appended after it.
int32_t sluice_parquet_finish(SluiceParquetWriter* writer, const SluiceParquetNote* notes,
                              size_t count, SluiceParquetError* error);
void sluice_parquet_close(SluiceParquetWriter* writer);

#ifdef __cplusplus
}
#endif
