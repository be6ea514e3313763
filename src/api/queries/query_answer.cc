#include "api/queries/query_answer.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/answered.h"
#include "query/runs/answer_stream.h"
#include "query/runs/query_runs.h"

namespace sluice::api {
namespace {

/// So much is answered with its length; more goes as a stream.
constexpr std::size_t whole_bytes_max = 256UL << 10U;
/// The engine's time for what is still to come of a large answer.
constexpr std::chrono::hours export_time_max{1};
/// The worker holds its first rows meanwhile.
constexpr std::chrono::seconds export_turn_wait{5};

/// A query among the recent ones, whose end is said once, however it comes.
class Recorded {
 public:
  Recorded(query::QueryRuns& runs, const query::QueryRequest& wanted, std::string dataset_id)
      : runs_(runs), tenant_{wanted.owner}, id_(runs.began(wanted, std::move(dataset_id))) {}
  Recorded(const Recorded&) = delete;
  Recorded& operator=(const Recorded&) = delete;
  ~Recorded() { end(fail(Errc::cancelled, "query_cancelled", "The client went away."), 0); }

  void end(const Result<query::AnswerTail>& how, std::uint64_t bytes) {
    if (!std::exchange(is_over_, true)) runs_.ended(tenant_, id_, how, bytes);
  }

 private:
  query::QueryRuns& runs_;
  const TenantId tenant_;
  const std::string id_;
  bool is_over_ = false;
};

/// What is still to be sent of an answer that has begun.
struct Begun {
  std::shared_ptr<Recorded> recorded;
  query::AnswerStream answer;
  std::string begun = {};
  FairSlots::Place place = {};

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

/// A query that waits for its place.
struct Pending {
  std::shared_ptr<Recorded> recorded;
  query::QueryRequest wanted;
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
  ErrorHint hint = {};
};

/// Said of the query too, once.
Error recorded_end(Recorded& recorded, Error error) {
  recorded.end(fail(error), 0);
  return error;
}

http::Response whole_answer(Begun& rest) {
  http::Response response;
  // Formats other than JSON have no other place for it.
  const query::AnswerTail& tail = rest.answer.tail();
  response.headers.set("Sluice-Row-Count", std::to_string(tail.row_count));
  response.headers.set("Sluice-Truncated", tail.truncated ? "true" : "false");
  response.body = std::move(rest.begun);
  return response;
}

/// What is large goes on in a place for exports: its pace is the client's.
http::Response export_in_turn(Context& context, const std::shared_ptr<Begun>& rest,
                              const std::string& content_type) {
  rest->answer.stream().give_place_back();
  const Refusal full =
      busy("exports_busy", "Other large answers are being sent", "exports_max", export_places);
  return later(
      context.export_slots, export_turn_wait,
      [rest, full](http::NoTurn why) { return recorded_end(*rest->recorded, full(why)); },
      [rest, content_type](http::Request&, FairSlots::Place place) {
        rest->place = std::move(place);
        rest->answer.stream().allow(export_time_max);
        http::Response response;
        response.headers.set("Content-Type", content_type);
        response.body = [rest](http::BodyWriter& out) { return rest->send(out); };
        return response;
      });
}

Result<http::Response> run(Context& context, http::Request& request, Pending& pending,
                           FairSlots::Place place) {
  query::QueryRequest& wanted = pending.wanted;
  const auto waited = std::chrono::steady_clock::now() - pending.since;
  wanted.deadline -= std::chrono::duration_cast<std::chrono::milliseconds>(waited);
  Result<query::QueryStream> stream =
      context.queries.open(wanted, request.stop_token, std::move(place));
  if (!stream) {
    pending.recorded->end(fail(stream.error()), 0);
    return fail(pending.hint ? pending.hint(stream.error()) : stream.error());
  }
  auto rest = std::make_shared<Begun>(Begun{pending.recorded, {std::move(*stream), wanted.format}});
  bool more = true;
  while (more && rest->begun.size() < whole_bytes_max) {
    TRY_ASSIGN(more, rest->read());
  }
  const std::string content_type(content_type_of(wanted.format));
  if (more) return export_in_turn(context, rest, content_type);
  http::Response response = whole_answer(*rest);
  response.headers.set("Content-Type", content_type);
  return response;
}

}  // namespace

http::Response answer_query(Context& context, query::QueryRequest wanted,
                            const std::string& dataset_id, ErrorHint hint) {
  auto recorded = std::make_shared<Recorded>(context.query_runs, wanted, dataset_id);
  const auto pending = std::make_shared<Pending>(Pending{std::move(recorded), std::move(wanted)});
  pending->hint = std::move(hint);
  const Refusal refusal = [pending](http::NoTurn why) {
    if (why == http::NoTurn::gone) return recorded_end(*pending->recorded, client_is_gone());
    return recorded_end(*pending->recorded, why == http::NoTurn::full ? query::queue_is_full()
                                                                      : query::waited_too_long());
  };
  return later(context.queries.places(), pending->wanted.deadline, refusal,
               [&context, pending](http::Request& request, FairSlots::Place place) {
                 return run(context, request, *pending, std::move(place));
               });
}

Result<http::Response> start_query(Context& context, query::QueryRequest wanted,
                                   const std::string& dataset_id) {
  TRY_ASSIGN(const query::QueryRun run, context.query_runs.start(std::move(wanted), dataset_id));
  http::Response response = run_response(202, run);
  response.headers.set("Location", "/api/v1/queries/" + run.id);
  return response;
}

}  // namespace sluice::api
