#include "duckdb/engine_session.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <exception>
#include <new>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "duckdb/error_codes.h"
#include "sandbox/error_codes.h"

namespace sluice::duckdb {
namespace {

namespace json = boost::json;

json::value to_wire(const TextRows& rows) {
  json::array out;
  for (const auto& row : rows) {
    json::array cells;
    for (const auto& cell : row) cells.push_back(cell ? json::value(*cell) : json::value());
    out.push_back(std::move(cells));
  }
  return out;
}

Result<TextRows> rows_from_wire(const std::string& text) {
  try {
    TextRows rows;
    const json::value parsed = json::parse(text);
    for (const json::value& row : parsed.as_array()) {
      auto& cells = rows.emplace_back();
      for (const json::value& cell : row.as_array()) {
        if (cell.is_null()) {
          cells.emplace_back();
        } else {
          cells.emplace_back(std::string(cell.as_string()));
        }
      }
    }
    return rows;
  } catch (const std::exception&) {
    return fail(sandbox::broken_answer());
  }
}

constexpr std::string_view order_mark = "engine ";

}  // namespace

Result<EngineSession> EngineSession::open(sandbox::ForkServer& workers,
                                          const std::filesystem::path& parent,
                                          const Options& options, const std::stop_token& stop) {
  std::vector<FileDescriptor> files;
  for (const std::filesystem::path& path : options.inputs) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (!file || ::fstat(file.get(), &info) != 0) {
      return fail(error_from_errno(errno, "Cannot open", path.string()));
    }
    // The engine asks access(2) for a folder's files, which knows no capability: the worker's user
    // must be let through this folder. Those above it stay shut.
    if (S_ISDIR(info.st_mode) && ::fchmod(file.get(), info.st_mode | S_IXOTH) != 0) {
      return fail(error_from_errno(errno, "Cannot open to a worker", path.string()));
    }
    files.push_back(std::move(file));
  }
  const std::string order =
      std::string(order_mark) +
      json::serialize(json::object{{"threads", options.threads},
                                   {"memory", workers.job_memory_bytes() / options.memory_share}});
  TRY_ASSIGN(sandbox::Job job,
             sandbox::Job::begin(workers, parent, order, std::move(files), options.limits, stop));
  TRY_ASSIGN(const std::string opened, job.result());
  TRY_ASSIGN(const TextRows paths, rows_from_wire(opened));
  if (paths.size() != 1 || paths[0].size() != options.inputs.size() + 1) {
    return fail(sandbox::broken_answer());
  }
  std::vector<std::string> inputs;
  for (const auto& path : paths[0]) inputs.push_back(path.value_or(""));
  std::string folder = std::move(inputs.back());
  inputs.pop_back();
  return EngineSession(std::move(job), std::move(inputs), std::move(folder));
}

std::string EngineSession::output(const std::filesystem::path& target) {
  targets_.push_back(target);
  return folder_ + "/out" + std::to_string(targets_.size() - 1);
}

Result<TextRows> EngineSession::query(std::string_view sql) {
  TRY(job_.tell(sql));
  TRY_ASSIGN(const std::string answer, job_.result());
  return rows_from_wire(answer);
}

Result<std::int64_t> EngineSession::query_int(std::string_view sql) {
  TRY_ASSIGN(const TextRows rows, query(sql));
  if (rows.empty() || rows[0].empty() || !rows[0][0]) {
    return fail(Errc::internal, Code::duckdb_no_row, "The statement gave no row.");
  }
  return std::strtoll(rows[0][0]->c_str(), nullptr, 10);
}

Result<void> EngineSession::close() {
  job_.end();
  for (std::size_t i = 0; i < targets_.size(); ++i) {
    TRY_ASSIGN(const bool taken, job_.folder().take("out" + std::to_string(i), targets_[i]));
    if (!taken) {
      return fail(Errc::internal, sandbox::Code::worker_output,
                  "A worker did not leave the file it was to make.");
    }
  }
  return {};
}

Result<ReadyEngine> ReadyEngine::open() {
  TRY_ASSIGN(Database database,
             Database::open(job_settings({.memory_bytes = 512'000'000, .threads = 1})));
  TRY_ASSIGN(Connection connection, database.connect());
  // Instants are printed back in the zone they are checked against.
  TRY(connection.query("SET TimeZone = 'UTC'"));
  // What is loaded at first use is loaded before the fork.
  TRY(connection.query("SELECT count(*) FROM (VALUES (1, 'a')) WHERE true"));
  return ReadyEngine{std::move(database), std::move(connection)};
}

Result<void> ReadyEngine::allow(const EngineLimits& limits) {
  // Ours, all three: no quote is in them.
  TRY(connection.query("SET memory_limit = '" + memory_setting(limits.memory_bytes) +
                       "'; SET temp_directory = '" + limits.spill +
                       "'; SET threads = " + std::to_string(limits.threads)));
  return {};
}

bool is_engine_order(std::string_view order) { return order.starts_with(order_mark); }

void serve_engine_session(ReadyEngine& engine, const sandbox::Order& order,
                          sandbox::JobAnswer& answer) {
  const json::value options = json::parse(order.text.substr(order_mark.size()));
  const std::string folder = path_of(order.folder);
  const Result<void> allowed =
      engine.allow({options.at("memory").to_number<std::uint64_t>(),
                    options.at("threads").to_number<int>(), folder + "/spill"});
  if (!allowed) return answer.error(allowed.error());
  TextRows paths(1);
  for (const FileDescriptor& file : order.files) paths[0].emplace_back(path_of(file));
  paths[0].emplace_back(folder);
  answer.done(json::serialize(to_wire(paths)));
  std::string sql;
  while (sandbox::receive_told(sql)) {
    try {
      Result<QueryResult> result = engine.connection.query(sql);
      if (result) {
        answer.done(json::serialize(to_wire(result->rows_as_text())));
      } else {
        answer.error(result.error());
      }
    } catch (const std::bad_alloc&) {
      answer.error({Errc::resource_exhausted,
                    Code::duckdb_out_of_memory,
                    "The work needs more memory than it may take.",
                    {}});
    }
  }
}

}  // namespace sluice::duckdb
