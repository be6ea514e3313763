#include "intake/labels.h"

#include <algorithm>

#include "base/utf8.h"
#include "intake/error_codes.h"
#include "intake/upload_limits.h"

namespace sluice::intake {

bool is_text(std::string_view value) {
  const bool has_controls = std::any_of(value.begin(), value.end(), [](char c) {
    const bool is_layout = c == '\n' || c == '\r' || c == '\t';
    return (static_cast<unsigned char>(c) < 0x20 && !is_layout) || c == 0x7F;
  });
  return !has_controls && is_utf8(value);
}

bool is_one_line(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto at = [&](std::size_t k) {
      return i + k < name.size() ? static_cast<unsigned char>(name[i + k]) : 0U;
    };
    if (at(0) == '\n' || at(0) == '\r') return false;
    if (at(0) == 0xC2 && at(1) >= 0x80 && at(1) <= 0x9F) return false;  // The C1 controls.
    if (at(0) == 0xE2 && at(1) == 0x80 && at(2) >= 0xA8 && at(2) <= 0xAE) return false;
    if (at(0) == 0xE2 && at(1) == 0x81 && at(2) >= 0xA6 && at(2) <= 0xA9) return false;
  }
  return true;
}

Result<void> check_labels(const std::string& name, const std::string& description) {
  if (name.find_first_not_of(" \t\r\n") == std::string::npos) {
    return fail(Errc::invalid_argument, Code::name_missing, "The dataset has no name.",
                "Send a field `name`.");
  }
  if (!is_text(name) || !is_text(description)) {
    return fail(Errc::invalid_argument, Code::name_not_text,
                "The name or the description is not UTF-8 text without control characters.",
                "Send them as UTF-8.");
  }
  if (!is_one_line(name)) {
    return fail(Errc::invalid_argument, Code::name_not_text,
                "The name has a line end in it, or a mark that turns the direction of writing.",
                "Send a name of one line.");
  }
  if (name.size() > name_bytes_max) {
    return fail(
        Errc::too_large, Code::name_too_long,
        "The name is longer than name_bytes_max, " + std::to_string(name_bytes_max) + " bytes.");
  }
  if (description.size() > description_bytes_max) {
    return fail(Errc::too_large, Code::description_too_long,
                "The description is longer than description_bytes_max, " +
                    std::to_string(description_bytes_max) + " bytes.");
  }
  return {};
}

}  // namespace sluice::intake
