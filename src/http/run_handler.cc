#include "http/run_handler.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "base/log.h"
#include "http/error_codes.h"

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
      request, 500,
      Error{Errc::data_loss, Code::answer_file_missing, "The file cannot be read.", {}});
}

/// What the step gives, whatever happens in it.
template <typename Step>
Response guarded(const ServerCore& core, const Request& request, const Step& step) {
  try {
    return step();
  } catch (const std::exception& caught) {
    return core.exception_response(request, caught.what());
  } catch (...) {
    return core.exception_response(request, "unknown exception");
  }
}

void deliver(const ServerCore& core, Exchange& exchange, Response response) {
  const Request& request = exchange.request;
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
  stream = nullptr;  // And the places that it holds.
  exchange.stream_ended(complete);
}

/// A step whose turn has come at once goes on where we are.
void follow(ServerCore& core, Exchange& exchange, Response response) {
  Request& request = exchange.request;
  while (Later* later = std::get_if<Later>(&response.body)) {
    FairSlots::Place place;
    if (!later->wants_body && later->pause.count() == 0) {
      place = (later->slots != nullptr ? *later->slots : core.short_work).try_take(request.owner);
    }
    if (!place) return exchange.hand_over(std::move(*later));
    const Later step = std::move(*later);
    response = guarded(core, request, [&] { return step.then(request, std::move(place)); });
  }
  deliver(core, exchange, std::move(response));
}

}  // namespace

void run_step(ServerCore& core, Exchange& exchange, Later step, FairSlots::Place place) {
  Request& request = exchange.request;
  Response response = guarded(core, request, [&] { return step.then(request, std::move(place)); });
  step = {};  // What it holds is not to be held while an answer is sent.
  follow(core, exchange, std::move(response));
}

void refuse_step(ServerCore& core, Exchange& exchange, Later step, NoTurn why) {
  Request& request = exchange.request;
  deliver(core, exchange, guarded(core, request, [&] { return step.refused(request, why); }));
}

void run_handler(ServerCore& core, const Handler& handler, Exchange& exchange) {
  Request& request = exchange.request;
  follow(core, exchange, guarded(core, request, [&] { return handler(request); }));
}

Later first_step(const ServerCore& core, const Route& route) {
  Later first;
  first.wait = core.options.turn_deadline;
  first.then = [&route](Request& request, FairSlots::Place place) {
    Response response = route.handler(request);
    if (StreamBody* stream = std::get_if<StreamBody>(&response.body)) {
      response.body =
          StreamBody([held = std::make_shared<FairSlots::Place>(std::move(place)),
                      stream = std::move(*stream)](BodyWriter& out) { return stream(out); });
    }
    return response;
  };
  first.refused = [&core](Request& request, NoTurn) {
    Response busy =
        core.error_response(request, 503,
                            Error{Errc::resource_exhausted, Code::server_busy,
                                  "Too many requests are waiting.", "Try again in a second."});
    busy.headers.set("Retry-After", "1");
    return busy;
  };
  return first;
}

}  // namespace sluice::http
