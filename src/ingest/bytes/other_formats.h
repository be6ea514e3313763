#pragma once

#include <optional>
#include <string_view>

namespace sluice::ingest {

/// A kind of file that Sluice does not read: what to call it, and what whoever has one can do.
struct OtherFormat {
  std::string_view name;    ///< With its article: `a SQLite database`.
  std::string_view remedy;  ///< Whole sentences.
};

// Both are pure, look at `head` only, and take some tens of KB of it for enough. They name a kind
// only where several marks of it are there: a table that begins with the same letters is a table.

/// By the bytes at their fixed places; `head` starts at byte 0 of the file.
std::optional<OtherFormat> other_binary_format(std::string_view head);

/// Whether a tar archive begins so: the header of its first member. Old ones do not say `ustar`,
/// but all have a sum of it.
bool is_tar(std::string_view head);

/// By its words. `head` is UTF-8 and starts with the first character that is no white space.
std::optional<OtherFormat> other_text_format(std::string_view head);

/// Pages and documents in HTML and XML, whatever their first element is. `<DATE>,<OPEN>` is a
/// header of a table.
std::optional<OtherFormat> markup_format(std::string_view head);

}  // namespace sluice::ingest
