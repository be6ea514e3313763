#pragma once

#include "base/error_code.h"

namespace sluice::ingest {

/// The codes of this room's errors. docs/errors.md lists them.
#define SLUICE_INGEST_CODES(CODE)                                                                 \
  CODE(archive_damaged, "The packed file is damaged or cut off.")                                 \
  CODE(archive_members, "Which file of the archive is the table is not plain.")                   \
  CODE(archive_password, "The archive has a password.")                                           \
  CODE(beginning_too_short, "The beginning of the file holds no whole row or record.")            \
  CODE(cell_range_invalid, "The option `cell_range` is not a range of cells.")                    \
  CODE(column_name_too_long, "A column's name is too long.")                                      \
  CODE(column_type_unknown, "The option `column_types` names a type that a column cannot take.")  \
  CODE(column_unknown, "The option `column_types` or `null_tokens` names no column of the file.") \
  CODE(csv_cell_too_long, "A cell of the CSV file is too long.")                                  \
  CODE(csv_header_line, "No row begins in the line that `header_line` names.")                    \
  CODE(csv_header_mismatch, "The header has another number of cells than most rows.")             \
  CODE(csv_header_too_long, "The first row of the CSV file is too long.")                         \
  CODE(csv_row_too_long, "A row of the CSV file is too long.")                                    \
  CODE(encoding_invalid, "The file is not in the encoding that it is read in.")                   \
  CODE(encoding_unknown, "The option `encoding` names no encoding.")                              \
  CODE(excel_cell_error, "A cell shows an error of the spreadsheet.")                             \
  CODE(excel_cell_too_long, "A cell of the sheet is too long.")                                   \
  CODE(excel_damaged, "The workbook is damaged.")                                                 \
  CODE(excel_password, "The workbook has a password.")                                            \
  CODE(excel_row_too_long, "A row of the sheet holds too much text.")                             \
  CODE(excel_too_large, "The workbook is too large to be read.")                                  \
  CODE(excel_unreadable, "The workbook could not be read from the disk.")                         \
  CODE(exception, "A part of the reader failed in a way that nobody foresaw.")                    \
  CODE(header_line,                                                                               \
       "The row of the sheet that `header_line` names is empty, or not among the first.")         \
  CODE(inflate_memory, "There is no memory to unpack the file with.")                             \
  CODE(inflate_ratio_too_high, "The file unpacks to very many times its size.")                   \
  CODE(inflate_window_too_large, "To unpack the file takes too much memory.")                     \
  CODE(invalid_utf8, "The file is not valid UTF-8.")                                              \
  CODE(json_cell_too_long, "A value in the JSON is too long.")                                    \
  CODE(json_duplicate_key, "A record has the same key twice.")                                    \
  CODE(json_field_too_long, "A field beside the records is too long.")                            \
  CODE(json_key_too_long, "A key in the JSON is too long.")                                       \
  CODE(json_missing_field, "The body has no field `records`.")                                    \
  CODE(json_not_an_array, "The JSON is neither an array nor one object per line.")                \
  CODE(json_number_too_large, "A number's exponent is too large.")                                \
  CODE(json_record_not_object, "A record is not an object.")                                      \
  CODE(json_record_too_long, "A record is too long.")                                             \
  CODE(json_records_path, "The option `records_path` leads to no array of records.")              \
  CODE(json_syntax, "The JSON is malformed, or ends too early.")                                  \
  CODE(json_too_deep, "The JSON is nested too deeply.")                                           \
  CODE(json_unknown_field, "The body has a field that is not known.")                             \
  CODE(json_wrong_kind, "A field of the body is of the wrong kind.")                              \
  CODE(no_columns, "The file is empty, or has no columns.")                                       \
  CODE(no_such_sheet, "The workbook has no sheet of that name.")                                  \
  CODE(not_a_workbook, "The file looks like a workbook, but is none.")                            \
  CODE(not_a_worksheet, "That sheet has no cells: it is a chart or a macro.")                     \
  CODE(nul_byte, "The text holds a NUL byte.")                                                    \
  CODE(option_invalid, "An option has a value that it cannot have.")                              \
  CODE(option_unknown, "There is no option of that name.")                                        \
  CODE(option_unused, "An option says nothing about a file of this format.")                      \
  CODE(output_exists, "There is a file already where the ingest was to write.")                   \
  CODE(parquet_decimal_too_wide, "A decimal column has more than 38 digits.")                     \
  CODE(parquet_encrypted, "The Parquet file is encrypted.")                                       \
  CODE(parquet_footer, "The footer of the Parquet file is damaged or too large.")                 \
  CODE(parquet_memory, "The Parquet file takes more memory to read than one ingest may have.")    \
  CODE(parquet_unreadable, "The Parquet file is damaged.")                                        \
  CODE(parquet_variant, "A column of the Parquet file has the type VARIANT.")                     \
  CODE(rejects_too_many, "More rows do not fit than `rejects_max` allows.")                       \
  CODE(row_count_mismatch, "The Parquet file has another number of rows than the source.")        \
  CODE(surprise,                                                                                  \
       "A later cell did not have the type of its column, so that the file is read once more.")   \
  CODE(too_many_cells, "The records have too many different keys.")                               \
  CODE(too_many_columns, "The file has too many columns.")                                        \
  CODE(types_unsettled, "A cell does not have the type that was found for its column.")           \
  CODE(unsupported_format, "The file is not a table that Sluice reads.")                          \
  CODE(value_out_of_range, "A value of the Parquet file is none that its type can have.")         \
  CODE(whole_file_needed, "A file of this format cannot be read from its beginning alone.")
SLUICE_ERROR_CODES(Code, SLUICE_INGEST_CODES)

}  // namespace sluice::ingest
