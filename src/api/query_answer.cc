#include "api/query_answer.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/answer_text.h"
#include "api/query_runs.h"

namespace sluice::api {
namespace {

/// So much is answered with its length; more goes as a stream.
constexpr std::size_t whole_bytes_max = 256UL << 10U;
/// The engine's time for what is still to come of a large answer.
constexpr std::chrono::hours export_time_max{1};

/// A query among the recent ones, whose end is said once, however it comes.
class Recorded {
 public:
  Recorded(QueryRuns& runs, const query::QueryRequest& wanted, std::string dataset_id)
      : runs_(runs),
        tenant_{wanted.owner},
        id_(runs.began(wanted, std::move(dataset_id))) {}
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;
  ~Recorded() {
    end(fail(Errc::cancelled, "query_cancelled", "The client went away."), 0);
  }

  void end(const Result<query::AnswerTail>& how, std::uint64_t bytes) {
    if (!std::exchange(is_over_, true)) runs_.ended(tenant_, id_, how, bytes);
  }

 private:
  QueryRuns& runs_;
  const TenantId tenant_;
  const std::string id_;
  bool is_over_ = false;
};

/// What is still to be sent of an answer that has begun.
struct Rest {
  std::shared_ptr<Recorded> recorded;
  AnswerText answer;
  std::string begun = {};
  std::optional<Slot> slot = {};

  Result<bool> read() {
    Result<bool> more = answer.read(begun);
    if (!more) {
      recorded->end(fail(more.error()), answer.bytes());
    } else if (!*more) {
      recorded->end(answer.tail(), answer.bytes());
    }
    return more;
  }

  Result<void> send(http::BodyWriter& out) {
    for (bool more = true; more;) {
      TRY(out.write(begun));
      begun.clear();
      TRY_ASSIGN(more, read());
    }
    return out.write(begun);
  }
};

}  // namespace

Result<http::Response> answer_query(Context& context, const http::Request& request,
                                    const query::QueryRequest& wanted,
                                    const std::string& dataset_id) {
  auto recorded = std::make_shared<Recorded>(context.query_runs, wanted, dataset_id);
  Result<query::QueryStream> stream = context.queries.open(wanted, request.stop_token);
  if (!stream) {
    recorded->end(fail(stream.error()), 0);
    return fail(stream.error());
  }
  auto rest = std::make_shared<Rest>(Rest{recorded, {std::move(*stream), wanted.format}});
  bool more = true;
  while (more && rest->begun.size() < whole_bytes_max) {
    TRY_ASSIGN(more, rest->read());
  }
  http::Response response;
  response.headers.set("Content-Type", content_type_of(wanted.format));
  if (!more) {
    // Formats other than JSON have no other place for it.
    const query::AnswerTail& tail = rest->answer.tail();
    response.headers.set("Sluice-Row-Count", std::to_string(tail.row_count));
    response.headers.set("Sluice-Truncated", tail.truncated ? "true" : "false");
    response.body = std::move(rest->begun);
    return response;
  }
  rest->slot = Slot::take(context.export_slots);
  if (!rest->slot) {
    Error busy{Errc::resource_exhausted, "exports_busy",
               "Other large answers are being sent (exports_max, " + std::to_string(exports_max) +
                   ").",
               "Try again in a moment, or ask for less than " +
                   std::to_string(whole_bytes_max >> 10U) + " KiB."};
    recorded->end(fail(busy), 0);
    return fail(std::move(busy));
  }
  rest->answer.stream().allow(export_time_max);
  response.body = [rest](http::BodyWriter& out) { return rest->send(out); };
  return response;
}

Result<http::Response> start_query(Context& context, query::QueryRequest wanted,
                                   const std::string& dataset_id) {
  TRY_ASSIGN(const QueryRun run, context.query_runs.start(std::move(wanted), dataset_id));
  http::Response response = run_response(202, run);
  response.headers.set("Location", "/api/v1/queries/" + run.id);
  return response;
}

}  // namespace sluice::api
