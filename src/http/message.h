#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/ascii.h"
#include "base/fair_slots.h"
#include "base/result.h"

namespace sluice::http {

/// Header fields in order of arrival; names compare without case (RFC 9110, 5.1).
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  /// Appends, so that a name may occur more than once.
  void add(std::string_view name, std::string_view value);
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  /// The first value; nullptr when absent. Valid until the next change.
  const std::string* find(std::string_view name) const;
  /// The first value, or an empty text.
  std::string_view get(std::string_view name) const;
  std::size_t count(std::string_view name) const;
  std::vector<Field>::const_iterator begin() const { return fields_.begin(); }
  std::vector<Field>::const_iterator end() const { return fields_.end(); }
  bool empty() const { return fields_.empty(); }

 private:
  std::vector<Field> fields_;
};

using sluice::equals_ignore_case;

/// The body of a request, pulled by the handler. The base class is an empty body.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  /// Blocks until some bytes are there; 0 is the end. Errors: too_large (`body_too_large`),
  /// deadline_exceeded (`body_too_slow`), cancelled (`client_disconnected`), invalid_argument
  /// (`bad_body`).
  virtual Result<std::size_t> read(std::span<char> buffer);
  /// The declared length; absent for a chunked body.
  virtual std::optional<std::uint64_t> length() const { return 0; }
  /// The whole body; too_large above `bytes_max`.
  Result<std::string> read_all(std::size_t bytes_max);
};

/// A body held in memory: for tests and for calls inside the process.
class StringBody final : public BodyReader {
 public:
  explicit StringBody(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read(std::span<char> buffer) override;
  std::optional<std::uint64_t> length() const override { return bytes_.size(); }

 private:
  std::string bytes_;
  std::size_t position_ = 0;
};

/// One request as the handler sees it. Used by one thread; lives until the response is written.
class Request {
 public:
  std::string method;  ///< As sent: `GET`. A HEAD reaches the GET handler with method `HEAD`.
  std::string target;  ///< As sent, still encoded, with the query.
  std::string path;    ///< The target's path, still encoded.
  std::string route;   ///< The pattern that matched, for metrics: `/api/v1/datasets/{id}`.
  std::vector<std::pair<std::string, std::string>> parameters;  ///< Decoded path parameters.
  std::vector<std::pair<std::string, std::string>> query;       ///< Decoded, in order, may repeat.
  Headers headers;
  std::string remote_address;  ///< The peer's IP address; never taken from a header.
  std::string owner;           ///< In whose turn it waits: the tenant where known, else the peer.
  bool body_is_whole = false;  ///< Reading it does not wait (RouteOptions::whole_body_bytes_max).
  std::string request_id;      ///< X-Request-Id if it was acceptable, else a new one.
  std::stop_token stop_token;  ///< Stops when the client is gone or the server must end.

  /// A path parameter of the matched route; empty if the pattern has none of that name.
  std::string_view parameter(std::string_view name) const;
  /// The first query parameter of that name; nullptr when absent.
  const std::string* query_parameter(std::string_view name) const;
  BodyReader& body() { return body_ ? *body_ : empty_body(); }
  void set_body(std::shared_ptr<BodyReader> body) { body_ = std::move(body); }
  /// True once the client has closed; seen within about 200 ms.
  bool disconnected() const { return stop_token.stop_requested(); }

 private:
  static BodyReader& empty_body();
  std::shared_ptr<BodyReader> body_;
};

/// Where a streamed response goes. `write` blocks while the client is slow; its error is cancelled
/// (`client_disconnected`) or deadline_exceeded, and the stream should then end.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  virtual Result<void> write(std::string_view bytes) = 0;
};

/// A part of a file. It is opened when the response is built; later renames do not matter.
struct FileRange {
  std::filesystem::path path;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

/// Runs on a blocking thread after the handler has returned; an error cuts the connection, so that
/// a client cannot take a truncated body for a whole one.
using StreamBody = std::function<Result<void>(BodyWriter&)>;

/// A stream that holds no thread (event streams): `next` runs on an io thread every `interval`,
/// must not block, and returns what to send now (perhaps nothing), or nullopt to end.
struct PolledBody {
  std::chrono::milliseconds interval{500};
  std::function<std::optional<std::string>()> next;
};

struct Response;

/// Why a turn does not come: too many wait, it is too late, the client has gone.
enum class NoTurn { full, late, gone };

/// What a handler answers instead of waiting on its thread: the request goes on when
/// `Request::owner` has a place, or after a pause. Until then it holds no thread.
struct Later {
  FairSlots* slots = nullptr;              ///< Must outlive the server. Null: those for short work.
  std::chrono::milliseconds pause{0};      ///< At least so long.
  std::chrono::milliseconds wait{30'000};  ///< For the place, at most.
  bool wants_body = false;                 ///< The whole body is read before.
  /// Runs on a thread that may block, and keeps the place for as long as it works: a StreamBody has
  /// to hold it. May answer with another Later.
  std::function<Response(Request&, FairSlots::Place)> then;
  /// Runs instead, without a place: only for words.
  std::function<Response(Request&, NoTurn)> refused;
};

/// What the handler answers.
struct Response {
  int status = 200;
  Headers headers;
  std::variant<std::string, FileRange, StreamBody, PolledBody, Later> body;

  /// A text with its Content-Type.
  static Response text(int status, std::string body,
                       std::string_view content_type = "text/plain; charset=utf-8");
  static Response empty(int status);
};

/// `change` applied to the answer, also where that comes later.
Response with_change(Response response, const std::function<Response(Response)>& change);

/// A route's work. Blocking is fine unless the route is `on_io`; an exception becomes a 500.
using Handler = std::function<Response(Request&)>;

/// The status that an Error deserves: not_found 404, too_large 413, resource_exhausted 503, …
int status_for(Errc kind);
/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, 5.6.7), whatever the locale.
std::string http_date(std::int64_t seconds_since_1970);
/// The standard phrase: `Not Found`.
std::string_view reason_for(int status);

}  // namespace sluice::http
