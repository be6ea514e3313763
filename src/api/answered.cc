#include "api/answered.h"

#include <utility>

#include "api/problem_json.h"
#include "api/request_places.h"
#include "base/log.h"
#include "http/error_codes.h"

namespace sluice::api {

http::Response answered(const http::Request& request, Result<http::Response> result) {
  if (result) return std::move(*result);
  const Error& error = result.error();
  const int status = http_status(error);
  if (status >= 500) {
    log::error("request failed", {{"request_id", request.request_id},
                                  {"tenant", request.owner},
                                  {"route", request.route},
                                  {"dataset_id", request.parameter("id")},
                                  {"code", error.code.text()},
                                  {"error", error.detail}});
  }
  return problem_response(error, status, request.request_id);
}

http::Response later(FairSlots& slots, std::chrono::milliseconds wait, Refusal refusal,
                     PlacedHandler handler) {
  http::Later turn;
  turn.slots = &slots;
  turn.wait = wait;
  turn.then = [handler = std::move(handler)](http::Request& request, FairSlots::Place place) {
    return answered(request, handler(request, std::move(place)));
  };
  turn.refused = [refusal = std::move(refusal)](http::Request& request, http::NoTurn why) {
    return answered(request, fail(refusal(why)));
  };
  http::Response response;
  response.body = std::move(turn);
  return response;
}

Refusal busy(const ErrorCode& code, std::string what, const char* name,
             const FairSlots::Limits& limits) {
  return [code, what = std::move(what), told = in_words(name, limits)](http::NoTurn why) {
    if (why == http::NoTurn::gone) return client_is_gone();
    return Error{Errc::resource_exhausted, code, what + " (" + told + ").",
                 "Try again in a moment."};
  };
}

Error client_is_gone() {
  return {
      Errc::cancelled, http::Code::client_disconnected, "The client closed the connection.", {}};
}

std::string in_words(const char* name, const FairSlots::Limits& limits) {
  return std::string(name) + ", " + std::to_string(limits.places) + "; of a tenant " +
         std::to_string(limits.owner_max);
}

}  // namespace sluice::api
