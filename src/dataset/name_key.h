#pragma once

#include <string>
#include <string_view>

namespace sluice {

/// When two columns have one name. Pure; any text is taken, and of what is no UTF-8 A–Z is folded
/// only.
///
/// Delta compares names by Java's toLowerCase(Locale.ROOT), Spark by equalsIgnoreCase, DuckDB by
/// A–Z. Names are the same where any of them says so, and besides where they differ only in
/// Unicode's full case folding (ß and SS), in canonical form (é as one character or two), or in
/// characters that do not show (zero width, byte order mark, marks of direction). Compatibility
/// forms are names of their own: CO₂ is not CO2.

/// A text that is equal for names that are the same, and for no others. Not for showing. Of `a + b`
/// it is the key of `a` and the key of `b` in one wherever `b` begins with an ASCII character.
std::string name_key(std::string_view name);

/// The name as a person would type it: without characters that do not show, and with an ordinary
/// space for blanks of every kind (no-break, thin, ideographic). Joiners within a script that needs
/// them stay.
std::string typable_name(std::string_view name);

/// True where nothing of the name can be seen but `_`: blanks, control and ignorable characters.
bool is_blank_name(std::string_view name);

}  // namespace sluice
