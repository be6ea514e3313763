#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace sluice::intake {

// Pure. What is let through is shown to people, and becomes table names.

/// What a client may call things: UTF-8 without control characters but line ends and tabs.
bool is_text(std::string_view value);

/// True where valid UTF-8 `name` is shown as one line and as its letters say: it has no line end of
/// any kind, and no mark that turns the direction of what follows (U+202A to U+202E, U+2066 to
/// U+2069), by which a list of names shows what is not there.
bool is_one_line(std::string_view name);

/// Of a new dataset: `name_missing`, `name_not_text`, `name_too_long`, `description_too_long`.
Result<void> check_labels(const std::string& name, const std::string& description);

}  // namespace sluice::intake
