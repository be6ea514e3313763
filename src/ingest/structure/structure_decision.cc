#include "ingest/structure/structure_decision.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/utf8.h"

namespace sluice::ingest {
namespace {

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }

std::string bounded_text(std::string_view text) {
  std::string out = as_utf8(text);
  std::replace_if(out.begin(), out.end(), is_control, '?');
  if (out.size() <= structure_text_bytes_max) return out;
  constexpr std::string_view rest = "…";
  std::size_t end = structure_text_bytes_max - rest.size();
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xC0) == 0x80) --end;
  return out.substr(0, end).append(rest);
}

bool is_bounded(const std::string& text) {
  return text.size() <= structure_text_bytes_max && is_utf8(text) &&
         std::ranges::none_of(text, is_control);
}

bool is_finite(const std::optional<double>& number) { return !number || std::isfinite(*number); }

}  // namespace

StructureChoice bounded(StructureChoice choice) {
  for (std::string* text : {&choice.taken, &choice.why, &choice.runner_up}) {
    *text = bounded_text(*text);
  }
  for (std::optional<double>* number : {&choice.score, &choice.margin}) {
    if (*number) *number = std::round(**number * 1000) / 1000;
  }
  // A name in the file that no option can hold: the words still tell of it.
  if (choice.runner_up_options && !options_from_json(to_json(*choice.runner_up_options))) {
    choice.runner_up_options.reset();
  }
  return choice;
}

bool is_sound(const StructureDecision& decision) {
  const auto is_sound_choice = [](const StructureChoice& choice) {
    return is_bounded(choice.taken) && is_bounded(choice.why) && is_bounded(choice.runner_up) &&
           is_finite(choice.score) && is_finite(choice.margin) &&
           !(choice.is_given && choice.is_guess) &&
           choice.settled_by.size() <= structure_choices_max &&
           std::ranges::all_of(choice.settled_by, is_bounded);
  };
  return decision.size() <= structure_choices_max && std::ranges::all_of(decision, is_sound_choice);
}

}  // namespace sluice::ingest
