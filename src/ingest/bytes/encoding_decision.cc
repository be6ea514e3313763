#include "ingest/bytes/encoding_decision.h"

#include <algorithm>
#include <utility>

#include "ingest/bytes/encoding_candidates.h"
#include "ingest/bytes/encoding_reading.h"
#include "ingest/error_codes.h"

namespace sluice::ingest {
namespace {

// Points. chardetng gives a usual pair of letters about 100 to 250, a strange one some -100.
constexpr std::int64_t points_of_stray = -200;
constexpr std::int64_t strays_counted_max = 5;  // More are of texts in several languages.
constexpr std::int64_t points_of_western = 150;
constexpr std::int64_t points_of_western_lost_per_letter = 10;  // Evidence comes before habit.
constexpr std::int64_t points_of_rare = -100;
constexpr std::int64_t points_of_old = -150;
constexpr std::int64_t points_of_old_beside_western = -1000;
// Below these distances a decision is a guess: to one that is plausible text as well, as points
// and as a share of the score; and to any other.
constexpr std::int64_t margin_to_plausible = 500;
constexpr std::int64_t margin_to_plausible_percent = 30;
constexpr std::int64_t margin_to_any = 150;
constexpr std::int64_t letters_that_tell_min = 8;
constexpr std::int64_t letters_that_tell_something_min = 4;
constexpr std::int64_t fit_of_sure_min = 100;
constexpr std::int64_t strays_of_sure_percent_max = 5;
constexpr std::int64_t strays_of_plausible_percent_max = 20;
constexpr std::int64_t sign_points_lost_per_letter_max = 5;
/// One in so many places that look like UTF-8 is one too many: `Úštěk` in ISO-8859-2 is one.
constexpr std::uint64_t mixed_share = 4;

/// The sample as one encoding has it.
struct Reading {
  const EncodingCandidate* candidate = nullptr;
  UpperHalf half{};      ///< Of single bytes only.
  std::int64_t fit = 0;  ///< chardetng's score.
  TextLook look;
  std::int64_t evidence = 0;  ///< With what signs and alphabets say,
  std::int64_t score = 0;     ///< and how often the encoding is met.
  bool is_plausible = false;  ///< As text: no sign within a word, no other language's letters.
};

using Scores = std::array<std::int64_t, SLUICE_ENCODINGS>;

Scores scores_of(std::string_view text) {
  Scores scores{};
  const int failed = sluice_encoding_scores(reinterpret_cast<const std::uint8_t*>(text.data()),
                                            text.size(), scores.data(), scores.size());
  if (failed != 0) scores.fill(SLUICE_ENCODING_IMPOSSIBLE);
  return scores;
}

std::string without_icelandic_letters(std::string_view text) {
  constexpr std::pair<char, char> letters[] = {{'\xF0', 'd'}, {'\xD0', 'D'}, {'\xFE', 't'},
                                               {'\xDE', 'T'}, {'\xFD', 'y'}, {'\xDD', 'Y'}};
  std::string out(text);
  for (const auto& [from, to] : letters) std::ranges::replace(out, from, to);
  return out;
}

std::int64_t letters_of(std::string_view sample) {
  return std::ranges::count_if(sample,
                               [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

bool means_something(const UpperHalf& half, const std::bitset<256>& seen) {
  for (std::size_t i = 0; i < half.size(); ++i) {
    if (seen[0x80 + i] && half[i] < 0xA0) return false;
  }
  return true;
}

bool read_alike(const Reading& a, const Reading& b, const std::bitset<256>& seen) {
  if (a.candidate == b.candidate) return true;
  if (!a.candidate->is_single_byte || !b.candidate->is_single_byte) return false;
  for (std::size_t i = 0; i < a.half.size(); ++i) {
    if (seen[0x80 + i] && a.half[i] != b.half[i]) return false;
  }
  return true;
}

std::int64_t points_of_use(Use use, std::int64_t letters) {
  switch (use) {
    case Use::usual:
      return std::max<std::int64_t>(
          0, points_of_western - points_of_western_lost_per_letter * letters);
    case Use::rare:
      return points_of_rare;
    case Use::old:
      return points_of_old;
    case Use::common:
      break;
  }
  return 0;
}

/// Looks at the sample in every encoding.
class Comparison {
 public:
  explicit Comparison(const EncodingSurvey& survey)
      : survey_(survey), letters_(letters_of(survey.sample)), scores_(scores_of(survey.sample)) {
    for (const EncodingCandidate& candidate : encoding_candidates()) add(candidate);
    const bool is_western = std::ranges::any_of(readings_, [](const Reading& one) {
      return one.candidate->use == Use::usual && one.is_plausible;
    });
    for (Reading& one : readings_) {
      if (is_western && one.candidate->use == Use::old) one.score += points_of_old_beside_western;
    }
    std::ranges::stable_sort(readings_, std::ranges::greater{}, &Reading::score);
  }
  /// The likeliest first.
  const std::vector<Reading>& readings() const { return readings_; }
  std::int64_t letters() const { return letters_; }

 private:
  void add(const EncodingCandidate& candidate);
  /// chardetng's score, by way of an encoding that it knows.
  std::int64_t fit_of(const EncodingCandidate& candidate, const UpperHalf& half) const;

  const EncodingSurvey& survey_;
  std::int64_t letters_;
  Scores scores_;
  std::vector<Reading> readings_;
};

std::int64_t Comparison::fit_of(const EncodingCandidate& candidate, const UpperHalf& half) const {
  if (!candidate.is_rewritten) return scores_[candidate.scored_as];
  std::optional<std::string> text;
  if (candidate.name == "windows-1252") {
    text = without_icelandic_letters(survey_.sample);
    if (*text == survey_.sample) return SLUICE_ENCODING_IMPOSSIBLE;  // As without rewriting.
  } else {
    const bool is_central = candidate.scored_as == SLUICE_WINDOWS_1250;
    const auto target = upper_half(is_central ? "windows-1250" : "windows-1252");
    if (target) text = rewritten(survey_.sample, half, *target);
  }
  return text ? scores_of(*text)[candidate.scored_as] : SLUICE_ENCODING_IMPOSSIBLE;
}

void Comparison::add(const EncodingCandidate& candidate) {
  Reading reading{.candidate = &candidate, .look = {}};
  if (candidate.is_single_byte) {
    const std::optional<UpperHalf> half = upper_half(candidate.name);
    if (!half || !means_something(*half, survey_.seen)) return;
    reading.half = *half;
    const auto look = look_of(survey_.sample, *half, candidate.alphabets);
    if (!look) return;
    reading.look = *look;
    const bool is_icelandic = candidate.is_rewritten && candidate.name == "windows-1252";
    if (is_icelandic && look->strays * 100 > letters_ * strays_of_sure_percent_max) return;
  }
  reading.fit = fit_of(candidate, reading.half);
  if (reading.fit == SLUICE_ENCODING_IMPOSSIBLE) return;
  reading.is_plausible = reading.fit >= 0 && reading.look.signs >= 0 &&
                         reading.look.strays * 100 <= letters_ * strays_of_plausible_percent_max;
  reading.evidence = reading.fit + reading.look.signs +
                     points_of_stray * std::min(reading.look.strays, strays_counted_max);
  reading.score = reading.evidence + points_of_use(candidate.use, letters_);
  readings_.push_back(reading);
}

/// The name within a family whose members differ in bytes that the file does not have.
std::string name_of(const Reading& reading, const std::bitset<256>& seen) {
  const std::string name(reading.candidate->name);
  const auto has_any = [&](std::string_view bytes) {
    return std::ranges::any_of(bytes, [&](char c) { return seen[static_cast<unsigned char>(c)]; });
  };
  if (name == "windows-1252") {
    for (std::size_t c = 0x80; c < 0xA0; ++c) {
      if (seen[c]) return name;
    }
    return "iso-8859-1";
  }
  // Є, І, Ї and Ґ.
  if (name == "koi8-u" && !has_any("\xA4\xA6\xA7\xAD\xB4\xB6\xB7\xBD")) return "koi8-r";
  return name;
}

Error not_utf8(const char* what, const EncodingSurvey& survey) {
  return Error{
      Errc::unprocessable, Code::invalid_utf8,
      std::string(what) + " at byte " + std::to_string(survey.first_not_utf8.value_or(0)) + ".",
      "Mend that place, or name the file's encoding (encoding)."};
}

/// The reading that makes `best` a guess; nothing where it is none.
const Reading* near_rival(const Reading& best, const std::vector<const Reading*>& rivals,
                          std::int64_t letters) {
  const std::int64_t near_plausible =
      std::max(margin_to_plausible, best.evidence * margin_to_plausible_percent / 100);
  for (const Reading* rival : rivals) {
    const bool is_plausible = rival->is_plausible;
    if ((is_plausible && letters < letters_that_tell_min) || rival->fit >= best.fit) return rival;
    const bool fits_well = rival->candidate->use != Use::old && rival->fit * 2 >= best.fit;
    const bool is_thin =
        letters < letters_that_tell_something_min && rival->fit >= 0 && rival->look.signs >= 0;
    const bool asks_more = is_plausible || fits_well || is_thin;
    if (best.evidence - rival->evidence < (asks_more ? near_plausible : margin_to_any)) {
      return rival;
    }
  }
  return nullptr;
}

bool is_latin(const EncodingCandidate& candidate) {
  return !candidate.alphabets.empty() && candidate.alphabets.front().front() < 0x250;
}

/// Of those that give the text that the likeliest gives, the first in the list of candidates.
const Reading& first_alike(const std::vector<Reading>& readings, const std::bitset<256>& seen) {
  const Reading* first = &readings.front();
  for (const Reading& reading : readings) {
    if (read_alike(readings.front(), reading, seen) && reading.candidate < first->candidate) {
      first = &reading;
    }
  }
  return *first;
}

}  // namespace

Result<EncodingDecision> decide_encoding(const EncodingSurvey& survey) {
  // A file cut within a character; a lone letter at the end is one of another encoding.
  if (survey.ends_within_sequence && survey.not_utf8 == 0) {
    return fail(
        Errc::unprocessable, Code::invalid_utf8,
        "The file ends within a UTF-8 sequence at byte " + std::to_string(survey.bytes) + ".",
        "It seems cut off; upload it again.");
  }
  if (survey.utf8_sequences > 0 && survey.utf8_sequences >= survey.not_utf8) {
    return fail(not_utf8("Most of the file is UTF-8, but there is an invalid sequence", survey));
  }
  const Comparison comparison(survey);
  const std::vector<Reading>& readings = comparison.readings();
  const bool may_be_western = std::ranges::any_of(
      readings, [](const Reading& one) { return one.candidate->name == "windows-1252"; });
  if (readings.empty() || (readings.front().score <= 0 && !may_be_western)) {
    return fail(not_utf8(
        "The file is neither UTF-8 nor text of another encoding that Sluice tells: invalid",
        survey));
  }
  const Reading& best = readings.front();
  const bool is_mixed = survey.utf8_in_words > 0 && is_latin(*best.candidate);
  if (is_mixed && survey.utf8_in_words * mixed_share >= survey.not_utf8) {
    return fail(not_utf8("Part of the file is UTF-8, but there is an invalid sequence", survey));
  }
  std::vector<const Reading*> rivals;
  for (const Reading& reading : readings) {
    if (!read_alike(best, reading, survey.seen)) rivals.push_back(&reading);
  }
  const std::int64_t letters = comparison.letters() / (best.candidate->is_single_byte ? 1 : 2);
  const Reading* rival = near_rival(best, rivals, letters);
  const bool is_strange = best.score <= 0 ||
                          (best.fit < fit_of_sure_min && (best.fit != 0 || best.look.signs <= 0)) ||
                          -best.look.signs > letters * sign_points_lost_per_letter_max ||
                          best.look.strays * 100 > letters * strays_of_sure_percent_max;
  EncodingDecision decision;
  decision.name = name_of(first_alike(readings, survey.seen), survey.seen);
  decision.names.assign(best.candidate->wider.begin(), best.candidate->wider.end());
  if (decision.names.empty()) decision.names = {decision.name};
  decision.score = best.score;
  decision.is_guess = rival != nullptr || is_strange || is_mixed;
  if (rival == nullptr && !rivals.empty()) rival = rivals.front();
  if (rival != nullptr) {
    decision.runner_up = name_of(*rival, survey.seen);
    decision.margin = best.score - rival->score;
  }
  decision.why =
      !decision.is_guess ? "its letters fit no other as well"
      : letters < letters_that_tell_min
          ? "only " + std::to_string(letters) +
                (letters == 1 ? " letter beyond ASCII tells" : " letters beyond ASCII tell")
      : is_mixed   ? "places in it look like UTF-8"
      : is_strange ? "its letters are not those of one language"
                   : "its letters fit another nearly as well";
  return decision;
}

Result<EncodingDecision> decide_encoding(const std::filesystem::path& path,
                                         const std::stop_token& stop, bool is_cut) {
  TRY_ASSIGN(const EncodingSurvey survey, survey_encoding(path, stop, is_cut));
  return decide_encoding(survey);
}

std::string encoding_note(const EncodingDecision& decision) {
  const std::string read = "The text is not UTF-8; it was read as " + decision.name + ": ";
  if (decision.is_guess) {
    const std::string next =
        decision.runner_up.empty() ? std::string() : " Next to it came " + decision.runner_up + ".";
    return read + "this encoding is a guess, " + decision.why + "." + next +
           " The option encoding settles it.";
  }
  if (decision.name == "iso-8859-1" || decision.name == "windows-1252") return {};
  return read + decision.why + ".";
}

}  // namespace sluice::ingest
