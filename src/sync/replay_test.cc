// Histories of every version of DatasetSyncWorkflow, as testdata/record.py made them, fit the code
// of today: what is in flight at a user's goes on after an upgrade.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <set>

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>

#include "base/base64.h"
#include "base/files.h"
#include "sync/activity_types.h"
#include "sync/dataset_sync_workflow.h"
#include "temporal/payload/payload_sealer.h"
#include "temporal/replayer.h"
#include "temporal/runtime.h"

namespace sluice::sync {
namespace {

namespace fs = std::filesystem;

std::string workflow_id_in(const std::string& history) {
  const boost::json::value parsed = boost::json::parse(history);
  const boost::json::value& started =
      parsed.at("events").at(0).at("workflowExecutionStartedEventAttributes");
  return boost::json::value_to<std::string>(started.at("workflowId"));
}

/// As a worker reads them: from v3 on they are sealed, and before that nothing is.
std::shared_ptr<const temporal::PayloadSealer> sealer_of(const fs::path& folder) {
  std::string keys;
  for (const char* version : {"v3", "v4"})
    keys += read_file(folder / version / "payload_keys").value();
  return std::make_shared<const temporal::PayloadSealer>(
      temporal::parse_payload_keys(keys).value());
}

fs::path histories_folder() { return fs::path(__FILE__).parent_path() / "testdata/histories"; }

TEST(Replay, HistoriesOfEveryVersionFit) {
  const fs::path folder = histories_folder();
  const std::unique_ptr<temporal::Runtime> runtime = temporal::Runtime::create().value();
  temporal::Replayer replayer(*runtime, sealer_of(folder));
  replayer.register_workflow(DatasetSyncWorkflow::definition());
  std::set<std::string> versions;
  int histories = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".json") continue;
    const std::string history = read_file(entry.path()).value();
    const Result<void> replayed = replayer.replay(workflow_id_in(history), history);
    EXPECT_TRUE(replayed) << entry.path() << ": " << to_line(replayed.error());
    versions.insert(entry.path().parent_path().filename().string());
    ++histories;
  }
  EXPECT_GE(versions.size(), 4U);
  EXPECT_GE(histories, 31);
}

namespace json = boost::json;

/// The text of the first payload, opened where it is sealed.
std::string text_of(const json::value& payloads, const temporal::PayloadSealer* sealer) {
  const json::value& payload = payloads.at("payloads").at(0);
  const auto decoded = [](const json::value& base64) {
    return base64_decode(json::value_to<std::string>(base64)).value();
  };
  temporal::Payload out;
  for (const auto& [name, value] : payload.at("metadata").as_object()) {
    out.metadata[name] = decoded(value);
  }
  out.data = decoded(payload.at("data"));
  return sealer == nullptr ? out.data : sealer->decode(std::move(out), "").value().data;
}

/// Of what an activity was given and answered.
struct Texts {
  int read = 0;
  /// By the text that was read, what is written today.
  std::map<std::string, std::string> changed = {};
  std::vector<std::string> refused = {};

  template <typename T>
  void take(const std::string& text) {
    const temporal::Typed<T> value = temporal::from_json_text<T>(text);
    if (!value) return refused.push_back(text + ": " + value.error().message);
    ++read;
    if (temporal::to_json_text(*value) != text) changed[text] = temporal::to_json_text(*value);
  }
  template <typename Input, typename Output>
  void take(const SyncActivity<Input, Output>& type, const std::string& name, bool is_input,
            const std::string& text) {
    if (name != type.name) return;
    if (is_input) {
      take<temporal::Received<Input>>(text);
    } else {
      take<temporal::Received<Output>>(text);
    }
  }
};

Texts texts_in(const fs::path& version, const temporal::PayloadSealer* sealer) {
  Texts texts;
  const auto take = [&](const std::string& name, bool is_input, const json::value& payloads) {
    const std::string text = text_of(payloads, sealer);
    texts.take(activity_bronze, name, is_input, text);
    texts.take(activity_silver, name, is_input, text);
    texts.take(activity_metadata, name, is_input, text);
    texts.take(activity_drop, name, is_input, text);
  };
  for (const fs::directory_entry& entry : fs::directory_iterator(version)) {
    if (entry.path().extension() != ".json") continue;
    const json::value history = json::parse(read_file(entry.path()).value());
    std::map<std::string, std::string> names;  // by the id of the event that scheduled it
    for (const json::value& event : history.at("events").as_array()) {
      const json::object& object = event.as_object();
      if (const json::value* begun = object.if_contains("activityTaskScheduledEventAttributes")) {
        const auto name = json::value_to<std::string>(begun->at("activityType").at("name"));
        names[json::value_to<std::string>(event.at("eventId"))] = name;
        take(name, true, begun->at("input"));
      } else if (const json::value* ended =
                     object.if_contains("activityTaskCompletedEventAttributes")) {
        take(names.at(json::value_to<std::string>(ended->at("scheduledEventId"))), false,
             ended->at("result"));
      }
    }
  }
  return texts;
}

/// What a step was given and answered by any version is read, for it may be in flight; what this
/// version writes is what the last one wrote, for that may be what reads it.
TEST(Replay, WhatStandsInHistoriesIsReadAndWrittenAgain) {
  const std::shared_ptr<const temporal::PayloadSealer> sealer = sealer_of(histories_folder());
  for (const char* version : {"v1", "v2", "v3", "v4"}) {
    const bool is_sealed = version[1] >= '3';
    const Texts texts = texts_in(histories_folder() / version, is_sealed ? sealer.get() : nullptr);
    EXPECT_GE(texts.read, 30) << version;
    for (const std::string& refused : texts.refused) ADD_FAILURE() << version << ": " << refused;
    if (version != std::string("v4")) continue;
    for (const auto& [before, now] : texts.changed) ADD_FAILURE() << before << "\nnow\n" << now;
  }
}

}  // namespace
}  // namespace sluice::sync
