// How what the activities are given and answer stands in histories, byte for byte, and what is read
// of other versions.
#include "sync/activity_types.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "sync/continuation.h"
#include "sync/workflow_step.h"

namespace sluice::sync {
namespace {

namespace json = boost::json;
using temporal::from_json_text;
using temporal::to_json_text;

WantInHand hand() {
  WantInHand hand;
  hand.want.want = {metadata::WantKind::resync, "d-1", TenantId{"acme"}, 2, "abc", "t"};
  hand.want.order = 7;
  hand.attempts = 1;
  hand.started_at_us = 50;
  hand.run_id = "run";
  return hand;
}

constexpr const char* want_text =
    R"({"kind":"resync","dataset_id":"d-1","tenant_id":"acme","version":2,"sha256":"abc",)"
    R"("table_name":"t","order":7,"retry_attempts":3,"retry_interval_s":300,)"
    R"("search_attributes":false})";

/// Every input begins with it.
std::string step_text() {
  return "\"want\":" + json::serialize(json::string(want_text)) + R"(,"attempts":1,"run_id":"run")";
}

constexpr const char* bronze_text =
    R"({"table":"c.bronze.t","kind":"external","location":"/l","data_file":"f","row_count":3,)"
    R"("file_sha256":"","columns":[{"name":"id","original":"ID","type":"BIGINT","reason":""}],)"
    R"("version":2,"sha256":"abc","lakehouse":"local","state":"done"})";

constexpr const char* silver_text =
    R"({"table":"c.silver.t_clean","kind":"managed","location":"/l","data_file":"f",)"
    R"("row_count":2,"file_sha256":"","columns":[],"version":2,"sha256":"abc",)"
    R"("rows_quarantined":1,"duplicates_removed":0,"lakehouse":"local","state":"done"})";

template <typename T>
std::string written_again(const std::string& text) {
  const temporal::Typed<T> read = from_json_text<T>(text);
  return read ? to_json_text(*read) : read.error().message;
}

template <typename T>
std::string refused(const std::string& text) {
  const temporal::Typed<T> read = from_json_text<T>(text);
  EXPECT_TRUE(read || read.error().non_retryable);
  return read ? "taken" : read.error().message;
}

TEST(WantForm, ItIsATextOfItsOwnAndATextInOtherValues) {
  EXPECT_EQ(to_json(hand().want), want_text);
  EXPECT_EQ(to_json(want_from_json(want_text).value()), want_text);
  EXPECT_EQ(to_json_text(step_input(hand())), "{" + step_text() + "}");
  EXPECT_EQ(written_again<StepInput>("{" + step_text() + "}"), "{" + step_text() + "}");
}

TEST(WantForm, AWindowIsToldOnlyWhereThereIsOne) {
  WorkflowWant want = hand().want;
  want.window_s = 30;
  const std::string text = to_json(want);
  EXPECT_EQ(text, std::string(want_text).substr(0, std::string(want_text).size() - 1) +
                      R"(,"window_s":30})");
  EXPECT_EQ(want_from_json(text)->window_s, 30);
  EXPECT_EQ(want_from_json(want_text)->window_s, std::nullopt);
}

TEST(WantForm, WhatIsNoWantIsRefusedWithThePlace) {
  const auto changed = [](const char* name, const json::value& value) {
    json::object want = json::parse(want_text).as_object();
    if (value.is_null()) {
      want.erase(name);
    } else {
      want[name] = value;
    }
    return json::serialize(want);
  };
  const std::pair<std::string, const char*> cases[] = {
      {"", "The value is no JSON."},
      {"[]", "The value must be an object."},
      {changed("kind", "eat"), "kind is none of the known words."},
      {changed("tenant_id", nullptr), "tenant_id is missing."},
      {changed("order", "7"), "order must be an integer of 64 bits."},
      {changed("retry_attempts", 0), "retry_attempts is out of bounds."},
      {changed("retry_attempts", 101), "retry_attempts is out of bounds."},
      {changed("retry_interval_s", 0), "retry_interval_s is out of bounds."},
      {changed("retry_interval_s", 86'401), "retry_interval_s is out of bounds."},
      {changed("window_s", 0), "window_s is out of bounds."},
      {changed("window_s", 3'601), "window_s is out of bounds."}};
  for (const auto& [text, problem] : cases) {
    const Result<WorkflowWant> read = want_from_json(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code, "bad_want");
    EXPECT_TRUE(read.error().detail.ends_with(problem)) << read.error().detail;
  }
  EXPECT_FALSE(want_from_json(changed("search_attributes", nullptr))->search_attributes)
      << "there were none in the first versions";
  EXPECT_TRUE(want_from_json(changed("new", "of a later version")));
  const json::object step{{"want", changed("kind", "eat")}, {"attempts", 0}};
  EXPECT_NE(refused<StepInput>(json::serialize(step)).find("want.kind is none of"),
            std::string::npos);
}

TEST(StepForms, AStepOfAVersionBeforeRunsHandedOverNamesNone) {
  const json::object old{{"want", want_text}, {"attempts", 2}};
  const auto read = from_json_text<StepInput>(json::serialize(old)).value();
  EXPECT_EQ(read.attempts, 2);
  EXPECT_EQ(read.run_id, "");
  EXPECT_NE(refused<StepInput>("{}").find("want is missing."), std::string::npos);
}

TEST(StepForms, AnAnswerStandsBesideItsState) {
  EXPECT_EQ(written_again<BronzeResult>(bronze_text), bronze_text);
  EXPECT_EQ(written_again<SilverResult>(silver_text), silver_text);
  EXPECT_EQ(to_json_text(DropResult(lakehouse::DropAnswer{})),
            R"({"dropped":true,"state":"done"})");
  EXPECT_EQ(to_json_text(BeginResult(lakehouse::BeginAnswer{5})),
            R"({"begins_at_us":5,"state":"done"})");
  EXPECT_EQ(to_json_text(BronzeResult(StepState::gone)), R"({"state":"gone"})");
  EXPECT_EQ(to_json_text(StepEnd(StepState::superseded)), R"({"state":"superseded"})");
  EXPECT_FALSE(from_json_text<BronzeResult>(R"({"state":"satisfied","new":1})")->made);
}

TEST(StepForms, WhatIsNoAnswerIsRefused) {
  EXPECT_NE(refused<StepEnd>("{}").find("state is missing."), std::string::npos);
  EXPECT_NE(refused<BronzeResult>(R"({"state":"splendid"})").find("none of the known words."),
            std::string::npos);
  EXPECT_NE(refused<BronzeResult>(R"({"table":"t","state":"done"})").find("kind is missing."),
            std::string::npos);
}

/// The first versions named no lakehouse in silver's, had only the local one, and gave no reasons.
TEST(StepForms, AnAnswerOfTheFirstVersionIsRead) {
  const auto read =
      from_json_text<SilverResult>(
          R"({"table":"c.silver.t_clean","kind":"managed","location":"/l","data_file":"f",)"
          R"("row_count":20,"columns":[{"name":"id","original":"id","type":"BIGINT"}],)"
          R"("rows_quarantined":0,"duplicates_removed":0,"state":"done"})")
          .value();
  ASSERT_TRUE(read.made);
  EXPECT_EQ(read.made->lakehouse, "local");
  EXPECT_EQ(read.made->state.silver.row_count, 20);
}

TEST(NoteForm, EachOutcomeHasItsFields) {
  EXPECT_EQ(to_json_text(note_input(hand(), NoteOutcome::superseded)),
            "{" + step_text() + R"(,"outcome":"superseded"})");
  temporal::Failure failure;
  failure.type = failure_lakehouse;
  failure.message = "away";
  failure.details = R"({"class": "bug"})";
  EXPECT_EQ(to_json_text(note_input(hand(), NoteOutcome::failed, failure)),
            "{" + step_text() + R"(,"outcome":"failed","error":"away","error_class":"bug"})");
  NoteInput waits = note_input(hand(), NoteOutcome::waiting, failure);
  waits.waiting_for = "retry";
  waits.next_attempt_at_us = 9;
  const std::string waits_text =
      "{" + step_text() +
      R"(,"outcome":"waiting","error":"away","error_class":"bug","waiting_for":"retry",)"
      R"("next_attempt_at_us":9})";
  EXPECT_EQ(to_json_text(waits), waits_text);
  EXPECT_EQ(written_again<NoteInput>(waits_text), waits_text);
  NoteInput synced = note_input(hand(), NoteOutcome::synced);
  synced.bronze = from_json_text<BronzeResult>(bronze_text).value();
  synced.silver = from_json_text<SilverResult>(silver_text).value();
  synced.started_at_us = 50;
  const std::string synced_text = "{" + step_text() + R"(,"outcome":"synced","bronze":)" +
                                  bronze_text + ",\"silver\":" + silver_text +
                                  R"(,"started_at_us":50})";
  EXPECT_EQ(to_json_text(synced), synced_text);
  EXPECT_EQ(written_again<NoteInput>(synced_text), synced_text);
}

TEST(NoteForm, AnOutcomeThatIsNotKnownIsRefused) {
  EXPECT_NE(refused<NoteInput>("{" + step_text() + R"(,"outcome":"splendid"})")
                .find("outcome is none of the known words."),
            std::string::npos);
}

TEST(FailureDetailsForm, WhoseMoveItIs) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {failure_lakehouse, R"({"class":"bug"})", "bug"},
      {failure_lakehouse, R"({"sluice.unsealed":"{\"class\":\"needs_you\"}"})", "needs_you"},
      {failure_lakehouse, "", "transient"},
      {failure_lakehouse, R"({"class":7})", "transient"},
      {failure_bad_data, "{", "needs_you"},
      {failure_needs_person, "{}", "needs_you"},
      {failure_exception, R"({"class":"transient"})", "bug"}};
  for (const auto& [type, details, error_class] : cases) {
    temporal::Failure failure;
    failure.type = type;
    failure.details = details;
    EXPECT_EQ(class_of(failure), error_class) << type << " " << details;
  }
}

/// What answers for a step may be anybody.
TEST(AnswerOf, OnlyWhatIsSealedCountsWhereAllIs) {
  using Told = temporal::Typed<temporal::Received<StepEnd>>;
  temporal::Received<StepEnd> unsealed(StepState::gone);
  unsealed.is_sealed = false;
  EXPECT_EQ(answer_of(Told(StepEnd(StepState::gone)), true)->state, StepState::gone);
  EXPECT_EQ(answer_of(Told(unsealed), false)->state, StepState::gone);
  EXPECT_EQ(answer_of(Told(unsealed), true).error().type, failure_exception);
  const auto malformed = from_json_text<temporal::Received<StepEnd>>("[]");
  EXPECT_EQ(answer_of(malformed, true).error().type, failure_exception);
  const Told failed = temporal::fail_activity(failure_bad_data, "why");
  EXPECT_EQ(answer_of(failed, true).error().type, failure_bad_data);
}

TEST(ContinuationForm, ItStandsAsEveryVersionWroteIt) {
  Continuation before;
  before.in_hand = hand();
  before.unproven = {hand().want};
  before.newest_order = 7;
  const std::string quoted = json::serialize(json::string(want_text));
  EXPECT_EQ(to_json(before),
            R"({"newest_order":7,"order_before":0,"has_ignored":false,"unproven":[)" + quoted +
                R"(],"in_hand":{"want":)" + quoted +
                R"(,"attempts":1,"started_at_us":50,"run_id":"run"}})");
  EXPECT_EQ(continuation_from_json(R"({"newest_order":7,"order_before":0,"has_ignored":false,)"
                                   R"("unproven":[],"next":7})")
                .error()
                .detail,
            "What the run before handed over cannot be read: next must be a string.");
}

}  // namespace
}  // namespace sluice::sync
