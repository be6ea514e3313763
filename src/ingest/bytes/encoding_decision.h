#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "ingest/bytes/encoding_survey.h"

namespace sluice::ingest {

/// In which encoding a text that is not UTF-8 is read, and how sure that is.
struct EncodingDecision {
  std::string name;         ///< As iconv and the option `encoding` name it.
  std::int64_t score = 0;   ///< Points of how well the letters fit; comparable within one text.
  std::string runner_up;    ///< The next that gives another text; empty: nothing else can be.
  std::int64_t margin = 0;  ///< `score` less the runner-up's.
  bool is_guess = false;    ///< The runner-up is near, or few letters tell.
  std::string why;          ///< A clause: "only 2 letters beyond ASCII tell".
  /// `name`, and supersets to read with where the file has a letter that it lacks.
  std::vector<std::string> names;
};

/// Pure. Error `invalid_utf8` with the place where the text seems to be damaged UTF-8, or fits
/// nothing.
Result<EncodingDecision> decide_encoding(const EncodingSurvey& survey);

/// The same of a file, which is read once; `is_cut`: it is the beginning of one.
Result<EncodingDecision> decide_encoding(const std::filesystem::path& path,
                                         const std::stop_token& stop, bool is_cut = false);

/// What `notes` say of it; empty where it is Western text and no guess.
std::string encoding_note(const EncodingDecision& decision);

}  // namespace sluice::ingest
