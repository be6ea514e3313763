#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/cells/value_type.h"
#include "ingest/ingest.h"
#include "ingest/json/json_reader.h"
#include "ingest/write/parquet_writer.h"
#include "ingest/write/rejects.h"

namespace sluice::ingest {

/// A source written to `request.output`.
struct Table {
  struct TableColumn {
    std::string header;  ///< As it came; `column_N` where there is no header.
    std::string type;    ///< DuckDB type text.
    std::string reason;
    bool of_numbers = false;  ///< Text of numbers only, as JSON has them: no cell is a code.
  };
  std::vector<TableColumn> columns;
  std::int64_t rows = 0;          ///< Given to the engine, counted by our own reader.
  std::int64_t rows_written = 0;  ///< As the engine says.
  std::vector<Reject> rejects;
  std::vector<std::string> notes;
  StructureDecision decision;
  JsonFields fields;   ///< Of Format::records.
  char delimiter = 0;  ///< Between the cells of a text file; 0: there is none.
};

/// What ingest_file (no format: found from the content) and ingest_records do, with an engine that
/// the caller opened and throws away; temporary files go into request.temp_folder itself.
Result<IngestedRecords> ingest_with(const Engine& engine, const IngestRequest& request,
                                    std::optional<Format> format);

/// `request.source` is UTF-8, with or without a byte order mark. The columns' types are guessed
/// from its start and proven on every cell while they are written; where one does not hold, all
/// cells are looked at and the file is written again: three readings at most.
Result<Table> write_csv(const IngestRequest& request, const Engine& engine);

/// The same; where each line is one quoted cell that holds a whole row, without those quotes, from
/// a file in `temp`.
Result<Table> write_csv_table(const IngestRequest& request, const Engine& engine,
                              const std::filesystem::path& temp);

/// Two readings: keys, kinds, types and errors first, then the values.
Result<Table> write_json(const IngestRequest& request, Format format, const Engine& engine);

/// The first sheet with cells, or the one named. Its cells go through a file in `temp`.
Result<Table> write_excel(const IngestRequest& request, const Engine& engine,
                          const std::filesystem::path& temp);

/// That each column to which the user gave words for nothing is there: asked as soon as the header
/// is known, before anything is written. Error `column_unknown`.
Result<void> check_null_tokens(const IngestOptions& options,
                               const std::vector<std::string>& headers);
/// The user's types in place of those found; gives which columns have one. Checks `null_tokens` as
/// well. Errors `column_unknown`.
Result<std::vector<bool>> force_types(const IngestOptions& options,
                                      const std::vector<std::string>& headers,
                                      std::vector<ValueType>& types);

/// Types that the lakehouse has not are carried as the next one that keeps the value, nested ones
/// as JSON text. What the file declares is checked before the engine reads it; a copy of the file
/// goes to `temp` where that takes a change of its footer.
Result<Table> write_parquet_again(const IngestRequest& request, const Engine& engine,
                                  const std::filesystem::path& temp);

}  // namespace sluice::ingest
