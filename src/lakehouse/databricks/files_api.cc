#include "lakehouse/databricks/files_api.h"

#include <charconv>
#include <system_error>

#include <boost/json.hpp>

#include "base/files.h"
#include "http/percent_encoding.h"
#include "lakehouse/databricks/multipart.h"
#include "lakehouse/error_codes.h"

namespace sluice::lakehouse::databricks {
namespace {

namespace json = boost::json;

/// Above it a PUT that breaks loses too much.
constexpr std::uint64_t single_put_bytes_max = std::uint64_t{64} << 20U;
constexpr std::chrono::milliseconds no_deadline{0};  // A stall ends it.

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

Result<void> FilesApi::remove_contents(const std::string& path, const std::stop_token& stop,
                                       CallCount& calls) {
  // A page at a time, from the front: what was listed is gone before the next look.
  while (true) {
    const Result<json::value> listed =
        rest_.call(file_call("GET", "directories", path, "", stop), calls);
    if (!listed && listed.error().kind == Errc::not_found) return {};
    if (!listed) return fail(listed.error());
    const json::object* object = listed->if_object();
    const json::value* contents = object == nullptr ? nullptr : object->if_contains("contents");
    const bool is_empty =
        contents == nullptr || !contents->is_array() || contents->get_array().empty();
    if (is_empty) return {};
    for (const json::value& entry : contents->get_array()) {
      const json::object& child = entry.as_object();
      const std::string child_path(child.at("path").as_string());
      const json::value* is_directory = child.if_contains("is_directory");
      // Only below the folder, whatever the server lists.
      if (!child_path.starts_with(path + "/")) {
        return fail(Errc::internal, Code::databricks_bug,
                    "The folder " + path + " lists " + child_path + ".");
      }
      if (is_directory != nullptr && is_directory->is_bool() && is_directory->get_bool()) {
        TRY(remove_folder(child_path, stop, calls));
      } else {
        TRY(remove(child_path, stop, calls));
      }
    }
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
