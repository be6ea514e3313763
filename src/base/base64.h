#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sluice {

/// The alphabets of RFC 4648: `standard` is section 4 (`+/`), `url` section 5 (`-_`).
enum class Base64 { standard, standard_unpadded, url, url_unpadded };

std::string base64_encode(std::string_view bytes, Base64 form = Base64::standard);

/// Strict: nothing but the alphabet, padding exactly as the form says, the unused bits of the last
/// digit 0. Nothing else decodes to the same bytes.
std::optional<std::string> base64_decode(std::string_view text, Base64 form = Base64::standard);

}  // namespace sluice
