#include "http/run_handler.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "base/log.h"

namespace sluice::http {
namespace {

/// Opens the file of an answer while we are on a thread that may block.
Response with_file(const ServerCore& core, const Request& request, Response response,
                   FileDescriptor& file) {
  const FileRange* range = std::get_if<FileRange>(&response.body);
  if (range == nullptr) return response;
  file = FileDescriptor(::open(range->path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info {};
  if (file && ::fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) &&
      range->offset + range->length <= static_cast<std::uint64_t>(info.st_size)) {
    return response;
  }
  log::error("file of a response is missing or short", {{"request_id", request.request_id}});
  return core.error_response(
      request, 500, Error{Errc::data_loss, "file_missing", "The file cannot be read.", {}});
}

}  // namespace

void run_handler(const ServerCore& core, const Handler& handler, Exchange& exchange) {
  Request& request = exchange.request;
  Response response;
  try {
    response = handler(request);
  } catch (const std::exception& caught) {
    response = core.exception_response(request, caught.what());
  } catch (...) {
    response = core.exception_response(request, "unknown exception");
  }
  FileDescriptor file;
  response = with_file(core, request, std::move(response), file);
  StreamBody stream;
  if (StreamBody* body = std::get_if<StreamBody>(&response.body)) stream = std::move(*body);
  exchange.answer(std::move(response), std::move(file));
  if (!stream) return;
  bool complete = false;
  try {
    complete = request.method == "HEAD" || stream(exchange).has_value();
  } catch (const std::exception& caught) {
    log::error("a response stream threw",
               {{"what", caught.what()}, {"request_id", request.request_id}});
  }
  exchange.stream_ended(complete);
}

}  // namespace sluice::http
