#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace sluice::ingest {

/// What may come next in a JSON text. Fed with the text before a fault, which a parser has taken;
/// of other text it says nothing of use. Not for several threads.
class JsonPosition {
 public:
  enum class Next : std::uint8_t { value, value_or_end, key, key_or_end, colon, comma_or_end };

  void feed(std::string_view text);

  Next next() const { return next_; }
  bool in_text() const { return in_text_; }
  /// The last character was a backslash, and the next one is escaped by it.
  bool in_escape() const { return in_escape_; }
  /// Open brackets, the outermost first.
  const std::string& open() const { return open_; }
  /// The beginning of a number or word that is not over.
  const std::string& token() const { return token_; }

 private:
  void take(char c);
  void end_value();

  Next next_ = Next::value;
  bool in_text_ = false;
  bool in_escape_ = false;
  std::string open_;
  std::string token_;
};

/// What is wrong in a text that is not JSON.
struct JsonFault {
  std::string what;    ///< As the end of a sentence: `NaN is no value of JSON`.
  std::string remedy;  ///< A sentence.
};

/// The fault by its name: NaN, Python's words, a comma too much, … Pure. `rest`: what follows the
/// place, some tens of bytes suffice. Nothing where it has no name.
std::optional<JsonFault> name_fault(const JsonPosition& position, std::string_view rest);

/// The same for a file whose document begins at byte `begin`, and whose parser stopped at `at`.
Result<std::optional<JsonFault>> find_fault(const std::filesystem::path& path, std::uint64_t begin,
                                            std::uint64_t at);
/// Where in its grammar a document that began at `begin` ends with the file: `within a text`, `with
/// 2 brackets open`. Empty where it cannot be read.
std::string open_at_end(const std::filesystem::path& path, std::uint64_t begin);

}  // namespace sluice::ingest
