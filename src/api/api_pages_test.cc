// Lists page by page, and what is refused in a URL or a header, over a real connection.

#include <set>

#include <boost/json/parse.hpp>

#include "api/test_api.h"

namespace sluice::api {
namespace {

namespace json = boost::json;

class PagesTest : public ApiTest {
 protected:
  void add_dataset(const std::string& token, const std::string& name) {
    EXPECT_EQ(sent(token, "POST", "/api/v1/datasets/ingest", {{"Content-Type", "application/json"}},
                   R"({"name":")" + name + R"(","records":[{"a":1}]})")
                  .status,
              201);
  }
  json::object get(const std::string& path) {
    const http::ClientResponse response = sent(own_read_, "GET", path);
    EXPECT_EQ(response.status, 200) << path << ": " << response.body;
    return json::parse(response.body).as_object();
  }
  /// `status code` of what is refused; every refusal is a whole problem.
  std::string refused(const std::string& method, const std::string& path,
                      const Fields& headers = {}, const std::string& body = {}) {
    const http::ClientResponse response = sent(own_, method, path, headers, body);
    EXPECT_EQ(response.headers.get("Content-Type"), "application/problem+json") << path;
    boost::system::error_code bad;
    const json::value problem = json::parse(response.body, bad);
    if (bad) return std::to_string(response.status) + " is no JSON: " + response.body;
    EXPECT_EQ(problem.at("status"), response.status);
    EXPECT_EQ(problem.at("instance").as_string(), response.headers.get("X-Request-Id"));
    return std::to_string(response.status) + " " + std::string(problem.at("code").as_string());
  }
};

TEST_F(PagesTest, EachDatasetIsOnOnePageHoweverLongThePagesAre) {
  for (int i = 0; i < 7; ++i) add_dataset(own_, "d" + std::to_string(i));
  add_dataset(other_, "theirs");
  for (const int limit : {1, 3, 7, 500}) {
    std::vector<std::string> names;
    std::string path = "/api/v1/datasets?limit=" + std::to_string(limit);
    for (json::value cursor; names.size() < 20;) {
      const json::object page =
          get(cursor.is_null() ? path : path + "&cursor=" + std::string(cursor.as_string()));
      const json::array& datasets = page.at("datasets").as_array();
      EXPECT_LE(datasets.size(), static_cast<std::size_t>(limit));
      for (const json::value& each : datasets) {
        names.emplace_back(each.at("name").as_string());
      }
      cursor = page.at("next_cursor");
      if (cursor.is_null()) break;
    }
    EXPECT_EQ(names.size(), 7U) << limit;
    EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), 7U) << limit;
    EXPECT_EQ(names.front(), "d6") << "the newest first";
    EXPECT_EQ(names.back(), "d0");
  }
  // A cursor is a place in the order and no right: another tenant's shows one's own.
  const json::value theirs = get("/api/v1/datasets?limit=3").at("next_cursor");
  const http::ClientResponse crossed =
      sent(other_, "GET", "/api/v1/datasets?cursor=" + std::string(theirs.as_string()));
  EXPECT_EQ(crossed.status, 200);
  EXPECT_EQ(crossed.body.find("\"name\":\"d"), std::string::npos) << crossed.body;
}

TEST_F(PagesTest, ListsAreFilteredByStatus) {
  add_dataset(own_, "one");
  EXPECT_EQ(get("/api/v1/datasets?sync_status=pending").at("datasets").as_array().size(), 1U);
  EXPECT_EQ(get("/api/v1/datasets?sync_status=synced").at("datasets").as_array().size(), 0U);
}

TEST_F(PagesTest, AWarningIsOfASyncedRunAndNoError) {
  add_dataset(own_, "one");
  const std::string id(get("/api/v1/datasets").at("datasets").at(0).at("id").as_string());
  const std::string places = "/api/v1/datasets/" + id + "/databricks/";
  EXPECT_TRUE(get(places + "status").at("last_sync_warning").is_null());
  ASSERT_TRUE(store_->request_sync({"acme"}, id, metadata::WantKind::resync));
  // It is due when the profile is made.
  std::vector<metadata::OutboxRow> wants;
  ASSERT_TRUE(soon([&] {
    wants = store_->due_outbox(10, clock_.now_us() + 1'000'000).value();
    return !wants.empty() && wants.back().want.kind == metadata::WantKind::resync;
  }));
  const metadata::RunOf run_of{1, wants.back().id, metadata::WantKind::resync};
  metadata::SyncRun run;
  run.id = "run";
  run.dataset_id = id;
  run.tenant = {"acme"};
  run.version = 1;
  run.outcome = "synced";
  run.started_at_us = run.ended_at_us.emplace(clock_.now_us());
  run.error = "The group was not granted SELECT.";
  metadata::SyncedResult result;
  result.version = 1;
  ASSERT_EQ(store_->mark_syncing(id, run_of), metadata::TransitionResult::applied);
  ASSERT_EQ(store_->mark_synced(id, result, run_of.order, run),
            metadata::TransitionResult::applied);

  const json::value status = get(places + "status");
  EXPECT_EQ(status.at("sync_status"), "synced");
  EXPECT_EQ(status.at("last_sync_warning"), "The group was not granted SELECT.");
  EXPECT_TRUE(status.at("last_sync_error").is_null());
  const json::value listed = get(places + "runs").at("runs").at(0);
  EXPECT_EQ(listed.at("warning"), "The group was not granted SELECT.");
  EXPECT_TRUE(listed.at("error").is_null());
  // What is asked for next has no warning yet.
  ASSERT_TRUE(store_->request_sync({"acme"}, id, metadata::WantKind::resync));
  EXPECT_TRUE(get(places + "status").at("last_sync_warning").is_null());
}

TEST_F(PagesTest, WhatAUrlCannotMeanIsRefusedByName) {
  add_dataset(own_, "one");
  const std::string id(get("/api/v1/datasets").at("datasets").at(0).at("id").as_string());
  const std::pair<std::string, const char*> requests[] = {
      {"/api/v1/datasets?limit=0", "400 bad_limit"},
      {"/api/v1/datasets?limit=501", "400 bad_limit"},
      {"/api/v1/datasets?limit=5x", "400 bad_limit"},
      {"/api/v1/datasets?limit=", "400 bad_limit"},
      {"/api/v1/datasets?cursor=", "400 bad_cursor"},
      {"/api/v1/datasets?cursor=1." + id + "x", "400 bad_cursor"},
      {"/api/v1/datasets?cursor=." + id, "400 bad_cursor"},
      {"/api/v1/datasets?cursor=99999999999999999999." + id, "400 bad_cursor"},
      {"/api/v1/datasets?sync_status=Synced", "400 bad_sync_status"},
      {"/api/v1/usage?days=0", "400 bad_days"},
      {"/api/v1/datasets/" + id + "/preview?limit=1001", "400 bad_limit"},
      {"/api/v1/datasets/" + id + "x", "404 dataset_not_found"},
      {"/api/v1/datasets/" + id + "/query?sql=SELECT", "400 query_syntax"},
      {"/api/v1/datasets/" + id + "/query?sql=SELECT%201&format=XML", "400 bad_query_body"},
      {"/api/v1/queries/nobodys", "404 query_not_found"},
      {"/api/v1/uploads/nobodys", "404 upload_not_found"},
      // An error may repeat what it was sent: what is no text never comes so far.
      {"/api/v1/datasets?sync_status=%FF%22", "400 bad_request"},
      {"/api/v1/datasets/%FF", "400 bad_request"},
      {"/api/v1/datasets/" + id + "%00", "400 bad_request"},
      {"/api/v1/datasets/" + id + "/query?sql=SELECT%20%FF", "400 bad_request"},
  };
  for (const auto& [path, wanted] : requests) EXPECT_EQ(refused("GET", path), wanted) << path;
  EXPECT_EQ(refused("DELETE", "/api/v1/datasets/" + id + "?lakehouse=maybe"), "400 bad_lakehouse");
  EXPECT_EQ(get("/api/v1/datasets").at("datasets").as_array().size(), 1U) << "and nothing is gone";
}

TEST_F(PagesTest, HeadersOfTusAreReadToTheLastCharacter) {
  const auto begun = [this](const std::string& length, const std::string& metadata,
                            const Fields& more = {}) {
    Fields headers = {{"Tus-Resumable", "1.0.0"}, {"Upload-Length", length}};
    if (!metadata.empty()) headers.emplace_back("Upload-Metadata", metadata);
    headers.insert(headers.end(), more.begin(), more.end());
    return refused("POST", "/api/v1/uploads", headers);
  };
  for (const char* length : {"", "-1", "+4", "4 bytes", "0x4", "18446744073709551616"}) {
    EXPECT_EQ(begun(length, "name bQ=="), "400 bad_tus_header") << length;
  }
  EXPECT_EQ(begun("18446744073709551615", "name bQ=="), "413 upload_too_large");
  EXPECT_EQ(begun("4", "name bQ==", {{"Upload-Defer-Length", "1"}}), "400 upload_defer_length");
  const http::ClientResponse other =
      sent(own_, "POST", "/api/v1/uploads", {{"Tus-Resumable", "0.2.2"}, {"Upload-Length", "4"}});
  EXPECT_EQ(other.status, 412);
  EXPECT_EQ(other.headers.get("Tus-Version"), "1.0.0");
  EXPECT_EQ(other.headers.get("Tus-Resumable"), "1.0.0") << "in every answer";
  // A chunk's digest stands for its bytes: one of other bytes throws them away.
  const http::ClientResponse made =
      sent(own_, "POST", "/api/v1/uploads",
           {{"Tus-Resumable", "1.0.0"}, {"Upload-Length", "9"}, {"Upload-Metadata", "name bQ=="}});
  const std::string upload(made.headers.get("Location"));
  const auto patched = [&](const std::string& offset, const std::string& checksum,
                           const std::string& type = "application/offset+octet-stream") {
    Fields headers = {
        {"Tus-Resumable", "1.0.0"}, {"Upload-Offset", offset}, {"Content-Type", type}};
    if (!checksum.empty()) headers.emplace_back("Upload-Checksum", checksum);
    return refused("PATCH", upload, headers, "abc");
  };
  EXPECT_EQ(patched("0", "sha1 qZk+NkcGgWq6PiVxeFDCbJzQ2J4="), "460 upload_checksum_mismatch");
  EXPECT_EQ(patched("0", "md5 kAFQmDzST7DWlj99KOF/cg=="), "400 upload_checksum_unknown");
  EXPECT_EQ(patched("0", "sha1 abc"), "400 bad_upload_checksum");
  EXPECT_EQ(patched("3", ""), "409 upload_offset");
  EXPECT_EQ(patched("x", ""), "400 bad_tus_header");
  EXPECT_EQ(patched("0", "", "text/csv"), "415 unsupported_media_type");
  const http::ClientResponse head = sent(own_, "HEAD", upload, {{"Tus-Resumable", "1.0.0"}});
  EXPECT_EQ(head.headers.get("Upload-Offset"), "0") << "nothing of all that stayed";
  EXPECT_EQ(head.headers.get("Upload-Length"), "9");
}

}  // namespace
}  // namespace sluice::api
