#include "sync/continuation.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_to.hpp>

#include "sync/error_codes.h"

namespace sluice::sync {

namespace json = boost::json;

namespace {

Result<WorkflowWant> want_in(const json::value& text) {
  return want_from_json(json::value_to<std::string>(text));
}

Result<WantInHand> in_hand_from(const json::object& object) {
  WantInHand hand;
  TRY_ASSIGN(hand.want, want_in(object.at("want")));
  hand.attempts = object.at("attempts").as_int64();
  hand.started_at_us = object.at("started_at_us").as_int64();
  hand.run_id = json::value_to<std::string>(object.at("run_id"));
  return hand;
}

Result<Continuation> read(const json::object& object) {
  Continuation out;
  if (const json::value* hand = object.if_contains("in_hand")) {
    TRY_ASSIGN(out.in_hand, in_hand_from(hand->as_object()));
  }
  if (const json::value* next = object.if_contains("next")) {
    TRY_ASSIGN(out.next, want_in(*next));
  }
  for (const json::value& unproven : object.at("unproven").as_array()) {
    TRY_ASSIGN(WorkflowWant want, want_in(unproven));
    out.unproven.push_back(std::move(want));
  }
  out.newest_order = object.at("newest_order").as_int64();
  out.order_before = object.at("order_before").as_int64();
  out.has_ignored = object.at("has_ignored").as_bool();
  return out;
}

}  // namespace

std::string to_json(const Continuation& continuation) {
  json::array unproven;
  for (const WorkflowWant& want : continuation.unproven) unproven.emplace_back(to_json(want));
  json::object out{{"newest_order", continuation.newest_order},
                   {"order_before", continuation.order_before},
                   {"has_ignored", continuation.has_ignored},
                   {"unproven", std::move(unproven)}};
  if (continuation.next) out["next"] = to_json(*continuation.next);
  if (continuation.in_hand) {
    const WantInHand& hand = *continuation.in_hand;
    out["in_hand"] = json::object{{"want", to_json(hand.want)},
                                  {"attempts", hand.attempts},
                                  {"started_at_us", hand.started_at_us},
                                  {"run_id", hand.run_id}};
  }
  return json::serialize(out);
}

Result<Continuation> continuation_from_json(const std::string& text) {
  try {
    return read(json::parse(text).as_object());
  } catch (const std::exception& broken) {
    return fail(Errc::invalid_argument, Code::bad_continuation,
                std::string("What the run before handed over cannot be read: ") + broken.what());
  }
}

}  // namespace sluice::sync
