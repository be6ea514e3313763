#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace sluice::http {

/// RFC 2046, 5.1.1: a boundary has at most 70 characters.
inline constexpr std::size_t multipart_boundary_length_max = 70;

struct MultipartLimits {
  std::size_t parts_max = 64;                   ///< A form has a handful of fields and files.
  std::size_t part_header_bytes_max = 8 << 10;  ///< A long file name in UTF-8 fits many times.
};

/// The head of one part. `filename` is what the client claims: a label, never a path to open.
struct Part {
  std::string name;
  std::optional<std::string> filename;
  std::string content_type;  ///< Empty when not said.
  Headers headers;
};

/// Receives the parts in order: `begin`, any number of `data`, `end`. An error stops the parse and
/// is returned.
class PartSink {
 public:
  virtual ~PartSink() = default;
  virtual Result<void> begin(const Part& part) = 0;
  virtual Result<void> data(std::string_view bytes) = 0;
  virtual Result<void> end() = 0;
};

/// The boundary of a `multipart/form-data; boundary=…`. Errors: invalid_argument `not_multipart`,
/// `bad_multipart_boundary`.
Result<std::string> multipart_boundary(std::string_view content_type);

/// Parses multipart/form-data (RFC 7578) fed in pieces, in constant memory. One thread; the sink
/// outlives it and is called from `feed`.
/// Errors: invalid_argument `bad_multipart`, too_large `too_many_parts`, `part_header_too_large`.
class MultipartParser {
 public:
  MultipartParser(std::string_view boundary, PartSink& sink, MultipartLimits limits = {});
  Result<void> feed(std::string_view bytes);
  /// Call once the body has ended: an unfinished form is an error.
  Result<void> finish();

 private:
  enum class State { preamble, after_boundary, headers, content, done };
  Result<void> feed_content(std::string_view& bytes);
  /// How many bytes at the end may be the start of a delimiter.
  std::size_t started_delimiter(std::string_view bytes) const;
  Result<bool> step();
  Result<bool> find_first_boundary();
  Result<bool> after_boundary();
  Result<bool> read_headers();
  Result<bool> read_content();

  std::string delimiter_;  ///< CRLF, two dashes and the boundary.
  PartSink& sink_;
  MultipartLimits limits_;
  State state_ = State::preamble;
  std::string pending_;  ///< Not yet understood: never more than a delimiter or a part's header.
  std::size_t position_ = 0;
  bool skip_line_end_ = false;  ///< The blank line before a content is still ahead.
  std::size_t parts_ = 0;
};

/// Reads the whole body of the request through a parser.
Result<void> read_multipart(Request& request, PartSink& sink, MultipartLimits limits = {});

}  // namespace sluice::http
