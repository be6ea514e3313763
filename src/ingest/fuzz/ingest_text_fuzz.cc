#include "base/testing/fuzz_target.h"
#include "base/testing/memory_file.h"
#include "ingest/bytes/encoding_decision.h"
#include "ingest/bytes/format_detection.h"
#include "ingest/bytes/twice_decoded.h"
#include "ingest/bytes/utf16_text.h"
#include "ingest/options.h"

namespace sluice::ingest {
namespace {

using fuzz::require;

/// The head of a file, an options object, or text of some encoding.
void text(std::string_view input) {
  if (const Result<IngestOptions> options = options_from_json(std::string(input))) {
    const Result<IngestOptions> again = options_from_json(to_json(*options));
    require(again && *again == *options, "options survive being written down");
  }
  sniff_compression(input);
  require(!sniff_encoding(input).empty(), "every text has an encoding");
  if (const Result<Format> format = sniff_format(input, std::nullopt)) {
    require(!name_of(*format).empty(), "a format has a name");
  }

  // In two pieces text is as right, or wrong at the same place, as in one.
  TextCheck once;
  const Result<void> whole = once.feed(input);
  TextCheck twice;
  const std::size_t middle = input.size() / 2;
  Result<void> parts = twice.feed(input.substr(0, middle));
  if (parts) parts = twice.feed(input.substr(middle));
  require(whole.has_value() == parts.has_value(), "pieces are as right as the whole");
  if (whole) {
    require(once.finish().has_value() == twice.finish().has_value(), "and end as well");
  } else if (whole.error().code == parts.error().code) {
    // Of two faults either may be named.
    require(whole.error().detail == parts.error().detail, "and are wrong at the same place");
  }
}

/// Text of whatever encoding.
void encoded(std::string_view input) {
  twice_decoded_note(input);
  for (const bool little : {true, false}) {
    Utf16LineEnds once(little);
    const Result<void> whole = once.feed(input);
    Utf16LineEnds twice(little);
    Result<void> parts = twice.feed(input.substr(0, input.size() / 2));
    if (parts) parts = twice.feed(input.substr(input.size() / 2));
    require(whole.has_value() == parts.has_value(), "pieces are as right as the whole");
    require(whole || whole.error().detail == parts.error().detail, "or wrong at the same place");
  }
  const fuzz::MemoryFile file(input);
  if (const Result<EncodingDecision> decision = decide_encoding(file.path(), {})) {
    require(!decision->name.empty(), "what is decided has a name");
    require(!decision->is_guess || !encoding_note(*decision).empty(), "and a guess is said");
  }
}

void both(std::string_view input) {
  text(input);
  encoded(input);
}

const fuzz::Target target(__FILE__, both);

}  // namespace
}  // namespace sluice::ingest
