#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "query/pool.h"

namespace sluice::query {

/// A query's answer as it goes over the wire or into a file: for JSON with what stands around the
/// rows. One thread at a time.
class AnswerStream {
 public:
  AnswerStream(QueryStream stream, Format format);

  /// Appends what comes next; false when that was the last.
  Result<bool> read(std::string& out);
  /// What was given so far.
  std::uint64_t bytes() const { return bytes_; }
  const AnswerTail& tail() const { return stream_.tail(); }
  QueryStream& stream() { return stream_; }

 private:
  QueryStream stream_;
  bool is_json_ = true;
  std::uint64_t bytes_ = 0;
};

const char* content_type_of(Format format);
/// `json`, as in `format=`.
const char* name_of(Format format);

}  // namespace sluice::query
