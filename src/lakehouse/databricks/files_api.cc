#include "lakehouse/databricks/files_api.h"

#include <charconv>
#include <system_error>

#include <boost/json.hpp>

#include "base/files.h"
#include "http/percent_encoding.h"
#include "lakehouse/databricks/json_at.h"
#include "lakehouse/databricks/multipart.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

/// Above it a PUT that breaks loses too much.
constexpr std::uint64_t single_put_bytes_max = std::uint64_t{64} << 20U;
/// The Files API takes no more in one PUT.
constexpr std::uint64_t put_bytes_max = std::uint64_t{5} << 30U;
constexpr std::chrono::milliseconds no_deadline{0};  // A stall ends it.
/// Empty pages in a row that name a next one; more is a server that goes in circles.
constexpr int empty_pages_max = 1'000;

RestCall file_call(const char* method, const char* kind, const std::string& path,
                   const std::string& query, const std::stop_token& stop) {
  RestCall call;
  call.method = method;
  call.path = std::string("/api/2.0/fs/") + kind + encoded_path(path) + query;
  call.doing = std::string(method) == "PUT" ? "Uploading to " + path : "Looking at " + path;
  if (call.method == "DELETE") call.doing = "Removing " + path;
  call.stop = stop;
  return call;
}

}  // namespace

std::string encoded_path(const std::string& path) {
  std::string encoded;
  std::size_t begin = 0;
  while (begin < path.size()) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    encoded += http::percent_encode(std::string_view(path).substr(begin, end - begin));
    if (end < path.size()) encoded += '/';
    begin = end + 1;
  }
  return encoded;
}

Result<void> FilesApi::upload(const VolumeUpload& upload, CallCount& calls) {
  std::error_code code;
  const std::uint64_t bytes = std::filesystem::file_size(upload.file, code);
  if (code) return fail(error_from_errno(code.value(), "Cannot read", upload.file.string()));
  if (bytes > single_put_bytes_max) {
    const Result<bool> done = upload_in_parts(rest_, upload, bytes, calls);
    if (!done) {
      // Completed, perhaps, and the answer was lost: the session is gone then.
      const auto there = size(upload.path, upload.stop, calls);
      if (there && *there == bytes) return {};
      return fail(done.error());
    }
    if (*done) return {};
  }
  if (bytes > put_bytes_max) {
    return fail(Errc::permission_denied, Code::databricks_storage,
                "Uploading to " + upload.path + ": the file has " + std::to_string(bytes) +
                    " bytes, above 5 GiB it must go in parts, and those did not arrive at the "
                    "cloud's storage.",
                "Allow this machine to reach the storage of the catalog (its firewall, a proxy, "
                "private link), and sync again.");
  }
  RestCall put = file_call("PUT", "files", upload.path, "?overwrite=true", upload.stop);
  put.upload = http::FileRange{upload.file, 0, bytes};
  put.on_sent = upload.on_sent;
  put.deadline = no_deadline;
  TRY(rest_.send(put, calls));
  return {};
}

Result<std::optional<std::uint64_t>> FilesApi::size(const std::string& path,
                                                    const std::stop_token& stop, CallCount& calls) {
  const Result<http::ClientResponse> head =
      rest_.send(file_call("HEAD", "files", path, "", stop), calls);
  if (!head && head.error().kind == Errc::not_found) return std::nullopt;
  if (!head) return fail(head.error());
  const std::string_view text = head->headers.get("Content-Length");
  std::uint64_t bytes = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), bytes);
  if (text.empty() || bad != std::errc()) return std::nullopt;
  return bytes;
}

Result<void> FilesApi::remove(const std::string& path, const std::stop_token& stop,
                              CallCount& calls) {
  const auto gone = rest_.send(file_call("DELETE", "files", path, "", stop), calls);
  if (!gone && gone.error().kind != Errc::not_found) return fail(gone.error());
  return {};
}

Result<void> FilesApi::remove_listed(const json::value& entry, const std::string& folder,
                                     const std::stop_token& stop, CallCount& calls) {
  std::string path = text_at(entry, "/path");
  bool is_folder = is_true_at(entry, "/is_directory");
  // Some list folders with a slash at the end.
  while (path.ends_with('/')) {
    path.pop_back();
    is_folder = true;
  }
  // Only below the folder, whatever the server lists.
  if (!path.starts_with(folder + "/")) {
    return fail(Errc::internal, Code::databricks_bug,
                "The folder " + folder + " lists " +
                    (path.empty() ? "a thing without a path" : path) + ".");
  }
  if (is_folder) return remove_folder(path, stop, calls);
  return remove(path, stop, calls);
}

Result<void> FilesApi::remove_contents(const std::string& path, const std::stop_token& stop,
                                       CallCount& calls) {
  // A page at a time, from the front: what was listed is gone before the next look. A page may be
  // empty and yet name a next one.
  std::string query;
  for (int empty_pages = 0;;) {
    const Result<json::value> listed =
        rest_.call(file_call("GET", "directories", path, query, stop), calls);
    if (!listed && listed.error().kind == Errc::not_found) return {};
    if (!listed) return fail(listed.error());
    const json::array* contents = array_at(*listed, "/contents");
    if (contents != nullptr && !contents->empty()) {
      for (const json::value& entry : *contents) TRY(remove_listed(entry, path, stop, calls));
      query.clear();
      empty_pages = 0;
      continue;
    }
    const std::string next = text_at(*listed, "/next_page_token");
    if (next.empty()) return {};
    if (++empty_pages > empty_pages_max) {
      return fail(Errc::unavailable, Code::databricks_unavailable,
                  "The folder " + path + " lists empty pages without an end.",
                  "It is tried again by itself.");
    }
    query = "?page_token=" + http::percent_encode(next);
  }
}

Result<void> FilesApi::remove_folder(const std::string& path, const std::stop_token& stop,
                                     CallCount& calls) {
  TRY(remove_contents(path, stop, calls));
  const auto gone = rest_.send(file_call("DELETE", "directories", path, "", stop), calls);
  if (!gone && gone.error().kind != Errc::not_found) return fail(gone.error());
  return {};
}

}  // namespace sluice::lakehouse::databricks
