#include "http/message.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/ascii.h"
#include "http/error_codes.h"

namespace sluice::http {

void Headers::add(std::string_view name, std::string_view value) {
  fields_.emplace_back(name, value);
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return equals_ignore_case(field.first, name); });
}

const std::string* Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (equals_ignore_case(field.first, name)) return &field.second;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [&](const Field& field) { return equals_ignore_case(field.first, name); }));
}

Result<std::size_t> BodyReader::read(std::span<char> /*buffer*/) { return std::size_t{0}; }

Result<std::string> BodyReader::read_all(std::size_t bytes_max) {
  std::string all;
  std::string buffer(std::min<std::size_t>(bytes_max + 1, 64U << 10), '\0');
  for (;;) {
    TRY_ASSIGN(const std::size_t got, read(buffer));
    if (got == 0) return all;
    if (all.size() + got > bytes_max) {
      return fail(Errc::too_large, Code::body_too_large,
                  "The request body is larger than " + std::to_string(bytes_max) + " bytes.");
    }
    all.append(buffer, 0, got);
  }
}

Result<std::size_t> StringBody::read(std::span<char> buffer) {
  const std::size_t count = std::min(buffer.size(), bytes_.size() - position_);
  if (count > 0) std::memcpy(buffer.data(), bytes_.data() + position_, count);
  position_ += count;
  return count;
}

std::string_view Request::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters) {
    if (key == name) return value;
  }
  return {};
}

const std::string* Request::query_parameter(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return &value;
  }
  return nullptr;
}

BodyReader& Request::empty_body() {
  static BodyReader none;  // has no state, so that all threads may share it
  return none;
}

Response Response::text(int status, std::string body, std::string_view content_type) {
  Response response;
  response.status = status;
  response.headers.add("Content-Type", content_type);
  response.body = std::move(body);
  return response;
}

Response Response::empty(int status) {
  Response response;
  response.status = status;
  return response;
}

Response with_change(Response response, const std::function<Response(Response)>& change) {
  Later* later = std::get_if<Later>(&response.body);
  if (later == nullptr) return change(std::move(response));
  const auto then = std::move(later->then);
  const auto refused = std::move(later->refused);
  later->then = [then, change](Request& request, FairSlots::Place place) {
    return with_change(then(request, std::move(place)), change);
  };
  later->refused = [refused, change](Request& request, NoTurn why) {
    return change(refused(request, why));
  };
  return response;
}

int status_for(Errc kind) {
  switch (kind) {
    case Errc::invalid_argument:
      return 400;
    case Errc::unprocessable:
      return 422;
    case Errc::unauthenticated:
      return 401;
    case Errc::permission_denied:
      return 403;
    case Errc::not_found:
      return 404;
    case Errc::conflict:
      return 409;
    case Errc::too_large:
      return 413;
    case Errc::resource_exhausted:
      return 503;
    case Errc::unavailable:
      return 503;
    case Errc::deadline_exceeded:
      return 504;
    case Errc::cancelled:
      return 499;  // nginx's "client closed request"; it only reaches the access log
    case Errc::data_loss:
      return 500;
    case Errc::internal:
      return 500;
  }
  return 500;
}

std::string http_date(std::int64_t seconds_since_1970) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t when = seconds_since_1970;
  std::tm utc{};
  ::gmtime_r(&when, &utc);
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02d %s %d %02d:%02d:%02d GMT", days[utc.tm_wday % 7],
                utc.tm_mday, months[utc.tm_mon % 12], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                utc.tm_sec);
  return text;
}

namespace {

struct Reason {
  int status;
  std::string_view phrase;
};
constexpr Reason reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {460, "Checksum Mismatch"},  // tus 1.0.0, no standard status
    {499, "Client Closed Request"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {507, "Insufficient Storage"},
};

}  // namespace

std::string_view reason_for(int status) {
  const auto* found =
      std::find_if(std::begin(reasons), std::end(reasons),
                   [status](const Reason& reason) { return reason.status == status; });
  return found == std::end(reasons) ? "Unknown" : found->phrase;
}

}  // namespace sluice::http
