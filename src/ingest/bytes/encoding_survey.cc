#include "ingest/bytes/encoding_survey.h"

#include <algorithm>
#include <string_view>

#include "ingest/bytes/ascii_run.h"
#include "ingest/bytes/file_reader.h"

namespace sluice::ingest {
namespace {

/// Frequencies do not get clearer beyond this; what a few thousand rows have.
constexpr std::size_t sample_bytes_max = 64U << 10;
/// So that the sample is not all of the file's first rows.
constexpr std::size_t sample_bytes_of_piece = 8U << 10;
/// Text without a blank or comma is cut here, perhaps within a letter.
constexpr std::size_t word_bytes_max = 64U << 10;

bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
bool is_small_letter(char c) { return c >= 'a' && c <= 'z'; }
/// Blanks, quotes, commas and ends of lines: no encoding has them within a letter, while `;` and
/// `|` are halves of letters in some.
bool ends_word(char c) { return static_cast<unsigned char>(c) < 0x30; }

class Surveyor {
 public:
  void feed(std::string_view piece);
  EncodingSurvey finish(bool is_cut);

 private:
  void take_ascii(char first, char last);
  void take_beyond_ascii(unsigned char c);
  void wrong();
  /// Puts the word around `at` into the sample.
  void take_word(std::string_view piece, std::size_t at);

  EncodingSurvey found_;
  int expected_ = 0;              ///< Continuation bytes still to come.
  bool begun_ = false;            ///< The sequence has its first one.
  bool after_small_ = false;      ///< It stands after a small letter.
  bool ended_uncounted_ = false;  ///< A sequence has just ended, and none of `utf8_in_words` yet.
  char before_ = '\0';            ///< The byte before, where it is ASCII.
  std::size_t sampled_to_ = 0;    ///< In this piece.
  std::size_t sampled_here_ = 0;
  bool word_is_open_ = false;  ///< A sampled word goes on in the next piece.
};

void Surveyor::wrong() {
  if (!found_.first_not_utf8) found_.first_not_utf8 = found_.bytes;
  ++found_.not_utf8;
}

void Surveyor::take_ascii(char first, char last) {
  if (expected_ > 0) wrong();
  if (ended_uncounted_ && is_small_letter(first)) ++found_.utf8_in_words;
  expected_ = 0;
  begun_ = false;
  ended_uncounted_ = false;
  before_ = last;
}

void Surveyor::take_beyond_ascii(unsigned char c) {
  found_.seen.set(c);
  if (expected_ > 0 && (c & 0xC0) == 0x80) {
    begun_ = true;
    if (--expected_ > 0) return;
    ++found_.utf8_sequences;
    if (after_small_) ++found_.utf8_in_words;
    ended_uncounted_ = !after_small_;
    return;
  }
  if (expected_ > 0) wrong();
  begun_ = false;
  ended_uncounted_ = false;
  expected_ = c < 0xC2 ? 0 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF5 ? 3 : 0;
  if (expected_ == 0) wrong();
  after_small_ = is_small_letter(before_);
}

void Surveyor::take_word(std::string_view piece, std::size_t at) {
  std::size_t from = at;
  while (from > sampled_to_ && !ends_word(piece[from - 1])) --from;
  if (from > sampled_to_ && !word_is_open_) --from;  // What stands before it.
  std::size_t to = at;
  while (to < piece.size() && to - from < word_bytes_max && !ends_word(piece[to])) ++to;
  word_is_open_ = to == piece.size();
  if (to < piece.size()) ++to;
  found_.sample.append(piece, from, to - from);
  sampled_to_ = to;
  sampled_here_ += to - from;
}

void Surveyor::feed(std::string_view piece) {
  sampled_to_ = 0;
  sampled_here_ = 0;
  if (word_is_open_ && !piece.empty()) take_word(piece, 0);
  std::size_t at = 0;
  while (at < piece.size()) {
    const std::size_t high = next_beyond_ascii(piece, at);
    if (high > at) take_ascii(piece[at], piece[high - 1]);
    found_.bytes += high - at;
    at = high;
    const bool full =
        found_.sample.size() >= sample_bytes_max || sampled_here_ >= sample_bytes_of_piece;
    if (at < piece.size() && at >= sampled_to_ && !full) take_word(piece, at);
    for (; at < piece.size() && !is_ascii(piece[at]); ++at) {
      take_beyond_ascii(static_cast<unsigned char>(piece[at]));
      ++found_.bytes;
      before_ = '\0';
    }
  }
}

EncodingSurvey Surveyor::finish(bool is_cut) {
  found_.ends_within_sequence = expected_ > 0 && begun_ && !is_cut;
  while (is_cut && word_is_open_ && !found_.sample.empty() && !ends_word(found_.sample.back())) {
    found_.sample.pop_back();
  }
  return std::move(found_);
}

}  // namespace

Result<EncodingSurvey> survey_encoding(const std::filesystem::path& path,
                                       const std::stop_token& stop, bool is_cut) {
  Surveyor surveyor;
  TRY(read_pieces(path, stop, [&](std::string_view piece) -> Result<void> {
    surveyor.feed(piece);
    return {};
  }));
  return surveyor.finish(is_cut);
}

}  // namespace sluice::ingest
