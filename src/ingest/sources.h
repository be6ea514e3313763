#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/checked_copy.h"
#include "ingest/ingest.h"
#include "ingest/json_reader.h"

namespace sluice::ingest {

/// A source as a relation of text columns, ready for checked_copy.
struct Source {
  std::string relation;              ///< SQL for FROM.
  std::vector<CopyColumn> columns;   ///< `name` is filled in from `headers` by the caller.
  std::vector<std::string> headers;  ///< As they came; `column_N` where there is no header.
  std::int64_t rows = 0;             ///< Counted by our own reader.
  FileDescriptor file;               ///< What the relation reads, where it reads a file.
  std::vector<std::string> notes;
  JsonFields fields;  ///< Of Format::records.
};

/// Finds dialect and header, counts and checks the whole file, guesses types on its start.
Result<Source> open_csv(const IngestRequest& request);

/// Reads the file twice: once for keys, kinds and errors, once into a staging table of `engine`.
Result<Source> open_json(const IngestRequest& request, Format format, const Engine& engine);

}  // namespace sluice::ingest
