#include "api/queries/query_answer.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/answered.h"
#include "api/error_codes.h"
#include "api/handler_helpers.h"
#include "api/handlers.h"
#include "api/queries/query_tables.h"
#include "api/queries/remote_tables.h"
#include "query/error_codes.h"
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

/// An entry among the recent queries, whose end is said once, however it comes.
class RunRecord {
 public:
  RunRecord(query::QueryRuns& runs, const query::QueryRequest& request, std::string dataset_id)
      : runs_(runs), tenant_{request.owner}, id_(runs.began(request, std::move(dataset_id))) {}
  RunRecord(const RunRecord&) = delete;
  RunRecord& operator=(const RunRecord&) = delete;
  ~RunRecord() {
    end(fail(Errc::cancelled, query::Code::query_cancelled, "The client went away."), 0);
  }

  void end(const Result<query::AnswerTail>& how, std::uint64_t bytes) {
    if (!std::exchange(is_over_, true)) runs_.ended(tenant_, id_, how, bytes);
  }
  /// Said of the query too, once.
  Error ended_with(Error error) {
    end(fail(error), 0);
    return error;
  }

 private:
  query::QueryRuns& runs_;
  const TenantId tenant_;
  const std::string id_;
  bool is_over_ = false;
};

/// An answer that has begun.
struct AnswerUnderWay {
  std::shared_ptr<RunRecord> record;
  query::AnswerStream answer;
  std::string begun = {};  ///< Read and not yet sent.
  FairSlots::Place place = {};

  Result<bool> read() {
    Result<bool> more = answer.read(begun);
    if (!more) {
      record->end(fail(more.error()), answer.bytes());
    } else if (!*more) {
      record->end(answer.tail(), answer.bytes());
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

/// A query that waits for its place, its tables or both.
struct PendingQuery {
  std::shared_ptr<RunRecord> record;
  query::QueryRequest request;
  TableChoice choice;
  std::optional<query::ParsedStatement> statement = {};
  std::shared_ptr<const void> files = {};  ///< Fetched for it.
  std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();

  /// What is left of the request's time.
  std::chrono::milliseconds time_left() const {
    return request.deadline - std::chrono::duration_cast<std::chrono::milliseconds>(
                                  std::chrono::steady_clock::now() - since);
  }
};
using Pending = std::shared_ptr<PendingQuery>;

http::Response whole_answer(AnswerUnderWay& answer) {
  http::Response response;
  // Formats other than JSON have no other place for it.
  const query::AnswerTail& tail = answer.answer.tail();
  response.headers.set("Sluice-Row-Count", std::to_string(tail.row_count));
  response.headers.set("Sluice-Truncated", tail.truncated ? "true" : "false");
  response.body = std::move(answer.begun);
  return response;
}

/// What is large goes on in a place for exports: its pace is the client's.
http::Response export_in_turn(Context& context, const std::shared_ptr<AnswerUnderWay>& answer,
                              const std::string& content_type) {
  answer->answer.stream().give_place_back();
  const Refusal full =
      busy(Code::exports_busy, "Other large answers are being sent", "exports_max", export_places);
  return later(
      context.export_slots, export_turn_wait,
      [answer, full](http::NoTurn why) { return answer->record->ended_with(full(why)); },
      [answer, content_type](http::Request&, FairSlots::Place place) {
        answer->place = std::move(place);
        answer->answer.stream().allow(export_time_max);
        http::Response response;
        response.headers.set("Content-Type", content_type);
        response.body = [answer](http::BodyWriter& out) { return answer->send(out); };
        return response;
      });
}

Error with_hint(const Context& context, const PendingQuery& pending, Error error) {
  if (pending.choice.is_over_all && pending.statement &&
      error.code == query::Code::query_table_unknown && error.position) {
    error.remedy = table_hint(context.intake.store, TenantId{pending.request.owner},
                              *pending.statement, *error.position);
  }
  return error;
}

Result<http::Response> run(Context& context, http::Request& request, PendingQuery& pending,
                           FairSlots::Place place) {
  query::QueryRequest& wanted = pending.request;
  wanted.deadline = pending.time_left();
  Result<query::QueryStream> stream =
      context.queries.open(wanted, {request.stop_token, std::move(place)});
  if (!stream) {
    return fail(with_hint(context, pending, pending.record->ended_with(stream.error())));
  }
  auto answer = std::make_shared<AnswerUnderWay>(
      AnswerUnderWay{pending.record, {std::move(*stream), wanted.format}});
  bool more = true;
  while (more && answer->begun.size() < whole_bytes_max) {
    TRY_ASSIGN(more, answer->read());
  }
  const std::string content_type(content_type_of(wanted.format));
  if (more) return export_in_turn(context, answer, content_type);
  http::Response response = whole_answer(*answer);
  response.headers.set("Content-Type", content_type);
  return response;
}

using Work = Result<http::Response> (*)(Context&, http::Request&, const Pending&, FairSlots::Place);

/// Goes on with a place in the pool.
http::Response in_turn(Context& context, const Pending& pending, Work work) {
  const Refusal refusal = [pending](http::NoTurn why) {
    if (why == http::NoTurn::gone) return pending->record->ended_with(client_is_gone());
    return pending->record->ended_with(why == http::NoTurn::full ? query::queue_is_full()
                                                                 : query::waited_too_long());
  };
  return later(context.queries.places(), pending->request.deadline, refusal,
               [&context, pending, work](http::Request& request, FairSlots::Place place) {
                 return work(context, request, pending, std::move(place));
               });
}

/// The plan of a query over tables elsewhere, of which nothing is fetched.
http::Response plan_response(PendingQuery& pending, const query::QueryAnswer& plan) {
  std::string body =
      query::answer_json_begin(plan.columns) + plan.rows + query::answer_json_end(plan.tail);
  pending.record->end(plan.tail, body.size());
  return json_response(200, body);
}

Result<http::Response> fetch_and_go_on(Context& context, http::Request& request,
                                       const Pending& pending, FairSlots::Place place) {
  federation::FederatedQuery query =
      federated_query(context, pending->request, *pending->statement);
  if (pending->statement->plan_only) {
    Result<std::optional<query::QueryAnswer>> plan =
        explain_remote_query(context, query, request.stop_token);
    if (!plan) return fail(pending->record->ended_with(plan.error()));
    if (*plan) return plan_response(*pending, **plan);
  }
  Result<std::shared_ptr<const void>> files =
      fetch_remote_tables(context, query, request.stop_token);
  if (!files) {
    return fail(with_hint(context, *pending, pending->record->ended_with(files.error())));
  }
  place.give_back();
  pending->files = std::move(*files);
  pending->request = std::move(query.request);
  pending->since = std::chrono::steady_clock::now();
  return in_turn(
      context, pending,
      [](Context& later_on, http::Request& its, const Pending& fetched, FairSlots::Place turn) {
        return run(later_on, its, *fetched, std::move(turn));
      });
}

/// A warehouse takes its time: without a place in the pool, in one of those for it.
http::Response fetch_in_turn(Context& context, const Pending& pending) {
  return later(
      context.remote_slots, pending->request.deadline,
      [pending](http::NoTurn why) {
        return pending->record->ended_with(remote_queries_busy()(why));
      },
      [&context, pending](http::Request& request, FairSlots::Place place) {
        return fetch_and_go_on(context, request, pending, std::move(place));
      });
}

/// The tables on this machine, by the names in the SQL.
Result<void> choose_tables(Context& context, PendingQuery& pending, const std::stop_token& stop) {
  TRY_ASSIGN(pending.statement, context.queries.parse(pending.request.owner, pending.request.sql,
                                                      pending.time_left(), stop));
  return pending.choice.add_named(*pending.statement, pending.request);
}

Result<http::Response> choose_and_run(Context& context, http::Request& request,
                                      const Pending& pending, FairSlots::Place place) {
  if (!pending->choice.add_named) return run(context, request, *pending, std::move(place));
  if (const Result<void> chosen = choose_tables(context, *pending, request.stop_token); !chosen) {
    return fail(pending->record->ended_with(chosen.error()));
  }
  if (pending->choice.is_over_all &&
      !federated_query(context, pending->request, *pending->statement).names.empty()) {
    place.give_back();
    return fetch_in_turn(context, pending);
  }
  return run(context, request, *pending, std::move(place));
}

/// The tables of a query that runs after its response, on its thread.
Result<query::QueryTables> tables_in_turn(Context& context, const TableChoice& choice,
                                          const query::QueryRequest& request,
                                          const std::stop_token& stop) {
  const auto deadline = std::chrono::steady_clock::now() + request.deadline;
  FairSlots::Place place = context.queries.places().wait(request.owner, deadline, stop);
  if (!place) {
    return fail(stop.stop_requested() ? query::query_cancelled() : query::waited_too_long());
  }
  TRY_ASSIGN(const query::ParsedStatement statement,
             context.queries.parse(request.owner, request.sql, request.deadline, stop));
  place.give_back();
  query::QueryRequest filled = request;
  TRY(choice.add_named(statement, filled));
  query::QueryTables chosen{std::move(filled.tables), {}, std::move(filled.listed)};
  if (!choice.is_over_all) return chosen;
  federation::FederatedQuery query = federated_query(context, request, statement);
  if (query.names.empty()) return chosen;
  query.request.tables = std::move(chosen.tables);
  const FairSlots::Place turn = context.remote_slots.wait(request.owner, deadline, stop);
  if (!turn) {
    return fail(
        remote_queries_busy()(stop.stop_requested() ? http::NoTurn::gone : http::NoTurn::late));
  }
  TRY_ASSIGN(chosen.files, fetch_remote_tables(context, query, stop));
  chosen.tables = std::move(query.request.tables);
  return chosen;
}

}  // namespace

http::Response answer_query(Context& context, query::QueryRequest request, std::string dataset_id,
                            TableChoice choice) {
  auto record = std::make_shared<RunRecord>(context.query_runs, request, std::move(dataset_id));
  const auto pending = std::make_shared<PendingQuery>(
      PendingQuery{std::move(record), std::move(request), std::move(choice)});
  return in_turn(context, pending, choose_and_run);
}

Result<http::Response> start_query(Context& context, query::QueryRequest request,
                                   const std::string& dataset_id, TableChoice choice) {
  query::ChooseTables choose;
  if (choice.add_named) {
    choose = [&context, choice = std::move(choice)](const query::QueryRequest& its,
                                                    const std::stop_token& stop) {
      return tables_in_turn(context, choice, its, stop);
    };
  }
  TRY_ASSIGN(const query::QueryRun run,
             context.query_runs.start(std::move(request), dataset_id, std::move(choose)));
  http::Response response = run_response(202, run);
  response.headers.set("Location", "/api/v1/queries/" + run.id);
  return response;
}

}  // namespace sluice::api
