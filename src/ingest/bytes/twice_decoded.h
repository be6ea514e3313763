#pragma once

#include <string>
#include <string_view>

namespace sluice::ingest {

/// What `notes` say of UTF-8 that was taken for Windows-1252 and written as UTF-8 once more
/// (`Ã¼` for `ü`); empty where any letter of `head` speaks against it. Pure; nothing is changed.
std::string twice_decoded_note(std::string_view head);

}  // namespace sluice::ingest
