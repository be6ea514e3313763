#pragma once

/// The C interface of rust/sluice_excel, which reads spreadsheets with calamine. Written by hand: a
/// change here is a change there. Every call returns 0 or an error's code, fills `error` then, and
/// never unwinds. A workbook is used by one thread at a time.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct SluiceExcelWorkbook SluiceExcelWorkbook;

/// Of the file: what it may take to read it. Nothing is allocated beyond them.
typedef struct SluiceExcelLimits {
  uint64_t inflated_bytes_max;  ///< All parts of a zip archive; 3.75 GiB is a bound of ours anyway.
  uint64_t inflate_ratio_max;   ///< One part, inflated, against its packed bytes; from 1 MiB on.
  uint64_t held_bytes_max;  ///< A part that is read whole: shared strings, styles, all of an .xls.
  uint64_t held_cells_max;  ///< .xls and .ods: cells that are unfolded in memory, gaps included.
} SluiceExcelLimits;

enum SluiceExcelCode {
  SLUICE_EXCEL_OK = 0,
  SLUICE_EXCEL_IO = 1,
  SLUICE_EXCEL_NOT_A_WORKBOOK = 2,
  SLUICE_EXCEL_DAMAGED = 3,
  SLUICE_EXCEL_PASSWORD = 4,
  SLUICE_EXCEL_LIMIT = 5,
  SLUICE_EXCEL_NO_SUCH_SHEET = 6,
  SLUICE_EXCEL_NOT_A_WORKSHEET = 7,
  SLUICE_EXCEL_STOPPED = 8,  ///< The callback returned other than 0.
  SLUICE_EXCEL_PANIC = 9     ///< A defect met by this file; the workbook can only be closed.
};

typedef struct SluiceExcelError {
  int32_t code;
  char message[512];  ///< UTF-8, ended by NUL.
} SluiceExcelError;

typedef struct SluiceExcelSheet {
  const char* name;  ///< UTF-8 without NUL at its end; lives as long as the workbook.
  size_t name_bytes;
  int32_t visible;  ///< 1 yes, 2 hidden, 3 hidden so that only a program can show it.
  int32_t kind;     ///< 1 cells, 2 chart, 3 other.
} SluiceExcelSheet;

typedef struct SluiceExcelRegion {
  uint32_t row, column, last_row, last_column;
} SluiceExcelRegion;

enum SluiceExcelKind {
  SLUICE_EXCEL_NUMBER = 1,    ///< `number`.
  SLUICE_EXCEL_STRING = 2,    ///< `text`.
  SLUICE_EXCEL_BOOLEAN = 3,   ///< `number` is 0 or 1.
  SLUICE_EXCEL_DATE = 4,      ///< `micros` since 1970-01-01, at midnight.
  SLUICE_EXCEL_DATETIME = 5,  ///< `micros` since 1970-01-01.
  SLUICE_EXCEL_TIME = 6,      ///< `micros` since midnight.
  SLUICE_EXCEL_DURATION = 7,  ///< `micros`, may be negative or beyond a day.
  SLUICE_EXCEL_ERROR = 8      ///< `text` is `#N/A` and the like.
};

/// `text` is UTF-8 without NUL at its end and valid until the callback returns.
typedef struct SluiceExcelCell {
  uint32_t row, column;
  uint32_t kind;
  uint32_t text_bytes;
  const char* text;
  double number;
  int64_t micros;
} SluiceExcelCell;

/// Other than 0 stops. Must not unwind.
typedef int (*SluiceExcelOnCells)(void* context, const SluiceExcelCell* cells, size_t count);

int32_t sluice_excel_open(const char* path, const SluiceExcelLimits* limits,
                          SluiceExcelWorkbook** out, SluiceExcelError* error);
void sluice_excel_close(SluiceExcelWorkbook* workbook);
size_t sluice_excel_sheet_count(const SluiceExcelWorkbook* workbook);
void sluice_excel_sheet(const SluiceExcelWorkbook* workbook, size_t index, SluiceExcelSheet* out);
/// `*out` is valid until the next call with this workbook.
int32_t sluice_excel_merged(SluiceExcelWorkbook* workbook, size_t sheet,
                            const SluiceExcelRegion** out, size_t* count, SluiceExcelError* error);
int32_t sluice_excel_read(SluiceExcelWorkbook* workbook, size_t sheet, SluiceExcelOnCells on_cells,
                          void* context, SluiceExcelError* error);

#ifdef __cplusplus
}
#endif
