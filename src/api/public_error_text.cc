#include "api/public_error_text.h"

#include <algorithm>
#include <array>

namespace sluice::api {
namespace {

constexpr std::string_view hidden = "…";
constexpr std::string_view path_ends = " \t\r\n\"'`()<>[]{},;|";

/// Folders at the root of a machine, below which a path is one.
constexpr std::array<std::string_view, 20> roots = {
    "bin", "boot", "dev",     "etc",  "home", "lib",  "lib64", "media", "mnt", "nix",
    "opt", "proc", "private", "root", "run",  "sbin", "srv",   "tmp",   "usr", "var"};

std::string& hidden_folder() {
  static std::string folder;
  return folder;
}

void replace_all(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + by.size())) {
    text.replace(at, what.size(), by);
  }
}

bool is_path_start(std::string_view text, std::size_t at) {
  if (text[at] != '/') return false;
  const bool is_first = at == 0 || path_ends.find(text[at - 1]) != std::string_view::npos ||
                        text[at - 1] == '=' || text[at - 1] == ':';
  const std::string_view rest = text.substr(at + 1);
  const std::size_t slash = rest.find('/');
  return is_first && slash != std::string_view::npos &&
         std::find(roots.begin(), roots.end(), rest.substr(0, slash)) != roots.end();
}

/// A path's own characters; the full stop or colon behind it is the sentence's.
std::size_t path_end(std::string_view text, std::size_t at) {
  std::size_t end = std::min(text.find_first_of(path_ends, at), text.size());
  while (end > at && (text[end - 1] == '.' || text[end - 1] == ':')) --end;
  return end;
}

/// `[boost.json:15 at /usr/…/parser.hpp:2750 in function …]`, and the blank before it.
void drop_source_places(std::string& text) {
  for (const std::string_view ending : {".hpp:", ".ipp:", ".cpp:", ".cc:", ".h:", ".rs:"}) {
    for (std::size_t at = text.find(ending); at != std::string::npos; at = text.find(ending, at)) {
      const std::size_t line = at + ending.size();
      if (line == text.size() || text[line] < '0' || text[line] > '9') {
        at = line;
        continue;
      }
      const std::size_t before = text.find_last_of(path_ends, at);
      std::size_t begin = before == std::string::npos ? 0 : before + 1;
      std::size_t end = path_end(text, line);
      const std::size_t open = text.rfind('[', at);
      const std::size_t close = text.find(']', at);
      if (open != std::string::npos && close != std::string::npos &&
          text.find(']', open) == close) {
        begin = open;
        end = close + 1;
      }
      if (begin > 0 && text[begin - 1] == ' ') --begin;
      text.erase(begin, end - begin);
      at = begin;
    }
  }
}

}  // namespace

std::string public_text(std::string_view text) {
  std::string shown(text);
  drop_source_places(shown);
  // A folder's name may have blanks in it, where a path in a sentence would seem to end.
  if (const std::string& folder = hidden_folder(); !folder.empty()) {
    replace_all(shown, "file://" + folder, "/tmp/");
    replace_all(shown, folder, "/tmp/");
    replace_all(shown, folder.substr(0, folder.size() - 1), "/tmp/");
  }
  replace_all(shown, "file:///", "/tmp/");
  for (std::size_t at = 0; at < shown.size(); ++at) {
    if (!is_path_start(shown, at)) continue;
    shown.replace(at, path_end(shown, at) - at, hidden);
    at += hidden.size() - 1;
  }
  return shown;
}

void hide_paths_below(const std::filesystem::path& folder) {
  hidden_folder() = (folder / "").lexically_normal().string();
}

}  // namespace sluice::api
