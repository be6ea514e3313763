#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/error.h"
#include "query/worker/text_places.h"

namespace sluice::query {

/// The engine's message without paths and descriptors of ours, as text: of a BLOB that does not fit
/// it repeats the bytes.
std::string scrubbed(const std::string& message);

/// What the engine says of a statement, with the place of the mistake and the names that are near.
/// `message` is as it comes with the setting errors_as_json; `sql` is the user's, and `places` says
/// where in it that of the engine stands.
Error error_from_engine(const char* message, std::string_view sql, const TextPlaces& places = {});

/// The column of which such an error says that a table has none, where it names no others itself:
/// the engine does not where the table has an alias. Empty for other errors.
std::string missing_column(const Error& error);

/// Line and column of a byte of the text; columns count UTF-8 characters.
TextPosition position_of(std::string_view text, std::size_t offset);

}  // namespace sluice::query
