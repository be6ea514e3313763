#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Percent-encoding (RFC 3986, 2.1) and query strings. By hand and not by Boost.URL, which decodes
/// control characters and bytes that are not UTF-8, and bounds nothing.
namespace sluice::http {

/// %XX decoded; nullopt for a bad escape, a control character (NUL above all), or bytes that are
/// not UTF-8. With `plus_is_space` as in form data, where tabs and line ends are allowed too.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);
/// Everything but RFC 3986's unreserved characters as %XX.
std::string percent_encode(std::string_view text);
/// `a=1&b=x%20y` decoded, in order; nullopt when an escape is bad or there are more than 256 pairs.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_query(std::string_view query);

}  // namespace sluice::http
