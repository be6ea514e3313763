#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace sluice::api {

/// Where an error becomes public: its words without what is the machine's and no business of a
/// tenant's: paths on it (`…` instead), and places in source files, as some libraries put them into
/// their messages. Paths of routes, URLs and volumes of a lakehouse stay.
std::string public_text(std::string_view text);

/// Whatever lies below this folder is such a path too, wherever it is and whatever it is called.
/// To be called before requests are served.
void hide_paths_below(const std::filesystem::path& folder);

}  // namespace sluice::api
