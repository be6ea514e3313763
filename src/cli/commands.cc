#include "cli/commands.h"

#include <chrono>
#include <filesystem>
#include <map>
#include <ostream>
#include <thread>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "cli/answer_text.h"
#include "cli/api_client.h"
#include "cli/exact_rows.h"
#include "cli/resumable_upload.h"
#include "cli/table.h"
#include "http/percent_encoding.h"

namespace sluice::cli {

namespace json = boost::json;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds poll_first{200};
constexpr milliseconds poll_most{2'000};

std::string dataset_path(const std::string& id) {
  return "/api/v1/datasets/" + http::percent_encode(id);
}

/// An object as aligned `name  value` lines; what is null is left out.
void print_fields(const json::value& answer, std::ostream& out) {
  const json::object* fields = answer.if_object();
  if (fields == nullptr) return;
  std::size_t width = 0;
  for (const auto& [name, value] : *fields) width = std::max(width, name.size());
  for (const auto& [name, value] : *fields) {
    if (value.is_null() || value.is_object()) continue;
    out << std::string(name) << std::string(width - name.size() + 2, ' ') << shown(value) << "\n";
  }
}

/// Polls until the sync has ended; says each change of it.
Result<Answer> wait_for_sync(ApiClient& api, const std::string& id, Output& output) {
  std::string told;
  milliseconds pause = poll_first;
  for (;;) {
    TRY_ASSIGN(Answer answer, api.call("GET", dataset_path(id) + "/databricks/status"));
    const std::string status = field(answer.value, "sync_status");
    std::string line = status;
    if (const std::string waiting_for = field(answer.value, "waiting_for"); !waiting_for.empty()) {
      line += " (waits for " + waiting_for + " since " + field(answer.value, "waiting_since") + ")";
    }
    if (line != told && !output.json) output.err << line << "\n";
    told = line;
    if (status != "pending" && status != "syncing") return answer;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 3 / 2, poll_most);
  }
}

int finish(const Result<Answer>& answer, bool waited, Output& output) {
  if (!answer) return refused(answer.error(), output);
  if (output.json) {
    output.out << answer->body << "\n";
  } else {
    print_fields(answer->value, output.out);
  }
  return waited && field(answer->value, "sync_status") != "synced" ? exit_sync_failed : exit_ok;
}

/// One line of a terminal that is drawn over and over; nothing where there is no terminal.
class ProgressLine {
 public:
  explicit ProgressLine(Output& output) : output_(output) {}

  void draw(const std::string& doing, std::uint64_t done, std::uint64_t total) {
    const std::uint64_t percent = total == 0 ? 100 : done * 100 / total;
    if (!output_.progress || output_.json || (percent == percent_ && doing == doing_)) return;
    percent_ = percent;
    doing_ = doing;
    constexpr std::uint64_t width = 30;
    const std::uint64_t full = std::min(width, width * percent / 100);
    output_.err << "\r[" << std::string(full, '#') << std::string(width - full, '.') << "] "
                << percent << " %  " << (done >> 10) << " / " << (total >> 10) << " KiB " << doing
                << "\x1b[K" << std::flush;
  }
  /// What a person, or the log of a script, should know even without a terminal.
  void say(const std::string& text) {
    end();
    if (!output_.json) output_.err << printable(text) << "\n";
  }
  void end() {
    if (!doing_.empty()) output_.err << "\n";
    doing_.clear();
  }

 private:
  Output& output_;
  std::uint64_t percent_ = 0;
  std::string doing_;  ///< Empty: nothing is drawn.
};

/// Rows that are not in the dataset are no detail of its description.
void say_rejected(const json::value& dataset, Output& output) {
  const std::string rejected = field(dataset, "rows_rejected");
  if (rejected.empty() || rejected == "0") return;
  output.err << rejected << " of " << field(dataset, "rows_read")
             << " rows did not fit and were put aside: query 'SELECT * FROM dataset_rejects'\n";
}

/// Sends the file once; gives the dataset.
Result<Answer> send(ApiClient& api, const UploadOptions& options, Output& output) {
  const std::string path = options.dataset_id.empty()
                               ? std::string("/api/v1/datasets/upload")
                               : dataset_path(options.dataset_id) + "/versions";
  ProgressLine line(output);
  const bool resumable = std::filesystem::file_size(options.path) >= resumable_bytes_min;
  const Watcher watcher{
      [&line](const char* doing, std::uint64_t done, std::uint64_t total) {
        line.draw(doing, done, total);
      },
      [&line](const Error& error, milliseconds pause) {
        line.say(to_line(error) + " Goes on in " + std::to_string(pause.count()) + " ms.");
      }};
  Result<Answer> answer =
      resumable ? upload_resumable(api, options, watcher)
                : api.send_file(path, options, [&line](std::uint64_t sent, std::uint64_t total) {
                    line.draw("sent", sent, total);
                  });
  line.end();
  if (answer) say_rejected(answer->value, output);
  return answer;
}

/// `orders` of `2024/orders.csv`.
std::string stem_of(const std::string& member) {
  const std::string name = member.substr(member.find_last_of("/\\") + 1);
  const std::size_t dot = name.find('.', 1);
  return name.substr(0, dot);
}

/// Options with which one member of the archive is read.
UploadOptions options_for(const UploadOptions& options, const std::string& member, bool by_stem) {
  UploadOptions one = options;
  boost::system::error_code ignored;  // What is no object was refused before.
  const json::value given = json::parse(options.options, ignored);
  json::object merged = given.is_object() ? given.as_object() : json::object();
  merged["member"] = member;
  one.options = json::serialize(merged);
  one.name =
      (options.name.empty() ? "" : options.name + " ") + (by_stem ? stem_of(member) : member);
  return one;
}

/// One after another, also where one of them is refused; the exit code is that of the first that
/// did not go well.
int upload_each(ApiClient& api, const UploadOptions& options,
                const std::vector<std::string>& members, Output& output) {
  int code = exit_ok;
  std::string documents;
  std::map<std::string, int> with_stem;
  for (const std::string& member : members) ++with_stem[stem_of(member)];
  for (const std::string& member : members) {
    const bool by_stem = with_stem[stem_of(member)] == 1 && !stem_of(member).empty();
    Result<Answer> answer = send(api, options_for(options, member, by_stem), output);
    if (answer && options.wait) answer = wait_for_sync(api, field(answer->value, "id"), output);
    if (!answer) {
      output.err << printable(member) << ": ";
      const int refusal = refused(answer.error(), output);
      if (code == exit_ok) code = refusal;
      if (refusal == exit_unreachable) break;
      continue;
    }
    const bool failed = options.wait && field(answer->value, "sync_status") != "synced";
    if (failed && code == exit_ok) code = exit_sync_failed;
    documents += (documents.empty() ? "" : ",") + answer->body;
    if (output.json) continue;
    output.out << printable(member) << "\n";
    print_fields(answer->value, output.out);
    output.out << "\n";
  }
  if (output.json) output.out << "[" << documents << "]\n";
  return code;
}

}  // namespace

int upload(const Connection& connection, const UploadOptions& options, Output& output) {
  if (!std::filesystem::is_regular_file(options.path)) {
    output.err << "error: " << printable(options.path) << " is not a file that can be read.\n";
    return exit_usage;
  }
  ApiClient api(connection);
  const Result<Answer> answer = send(api, options, output);
  if (options.each && !answer && !answer.error().choices.empty()) {
    return upload_each(api, options, answer.error().choices, output);
  }
  if (!answer || !options.wait) return finish(answer, false, output);
  return finish(wait_for_sync(api, field(answer->value, "id"), output), true, output);
}

int list(const Connection& connection, std::int64_t limit, Output& output) {
  ApiClient api(connection);
  Result<Answer> answer = api.call("GET", "/api/v1/datasets?limit=" + std::to_string(limit));
  if (!answer || output.json) return finish(answer, false, output);
  const json::object* page = answer->value.if_object();
  const json::value* datasets = page == nullptr ? nullptr : page->if_contains("datasets");
  std::vector<std::vector<std::string>> rows;
  if (datasets != nullptr && datasets->is_array()) {
    for (const json::value& dataset : datasets->as_array()) {
      const json::object* fields = dataset.if_object();
      const json::value* sync = fields == nullptr ? nullptr : fields->if_contains("metadata");
      rows.push_back({field(dataset, "id"), field(dataset, "name"), field(dataset, "row_count"),
                      sync == nullptr ? "" : field(*sync, "sync_status"),
                      field(dataset, "created_at")});
    }
  }
  output.out << render_table({"ID", "NAME", "ROWS", "SYNC", "CREATED"}, rows);
  if (!field(answer->value, "next_cursor").empty()) output.out << "(more: raise --limit)\n";
  return exit_ok;
}

int status(const Connection& connection, const std::string& id, bool wait, Output& output) {
  ApiClient api(connection);
  if (wait) return finish(wait_for_sync(api, id, output), true, output);
  return finish(api.call("GET", dataset_path(id) + "/databricks/status"), false, output);
}

int query(const Connection& connection, const std::string& id, const std::string& sql,
          Output& output) {
  ApiClient api(connection);
  Result<Answer> answer =
      api.call("GET", dataset_path(id) + "/query?sql=" + http::percent_encode(sql));
  if (!answer || output.json) return finish(answer, false, output);
  try {
    std::vector<std::string> head;
    for (const json::value& column : answer->value.at("columns").as_array()) {
      head.push_back(field(column, "name"));
    }
    Result<std::vector<std::vector<std::string>>> rows = exact_rows(answer->body);
    if (!rows) return refused(rows.error(), output);
    for (std::vector<std::string>& row : *rows) {
      if (row.size() != head.size()) throw std::runtime_error("row of another width");
      for (std::string& cell : row) cell = printable(cell);
    }
    output.out << render_table(head, *rows);
    if (answer->value.at("truncated").as_bool()) {
      output.out << "(there are more rows; add a LIMIT to say how many)\n";
    }
  } catch (const std::exception&) {
    output.err << "error: The server's answer is not a query answer.\n";
    return exit_refused;
  }
  return exit_ok;
}

int sync(const Connection& connection, const std::string& id, bool wait, Output& output) {
  ApiClient api(connection);
  Result<Answer> answer = api.call("POST", dataset_path(id) + "/sync");
  if (!answer || !wait) return finish(answer, false, output);
  return finish(wait_for_sync(api, id, output), true, output);
}

int remove(const Connection& connection, const std::string& id, bool drop_tables, Output& output) {
  ApiClient api(connection);
  const Result<Answer> answer =
      api.call("DELETE", dataset_path(id) + (drop_tables ? "?lakehouse=drop" : ""));
  if (!answer) return refused(answer.error(), output);
  if (output.json) output.out << "{}\n";
  return exit_ok;
}

}  // namespace sluice::cli
