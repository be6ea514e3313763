#include "query/worker/explain.h"

#include <cctype>
#include <cstddef>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/ascii.h"
#include "query/worker/sql_errors.h"

namespace sluice::query {
namespace {

/// Past blanks, and past the word where it stands there; else where it was.
std::size_t past_word(std::string_view sql, std::size_t from, std::string_view word) {
  std::size_t at = from;
  while (at < sql.size() && is_space(sql[at])) ++at;
  if (lowered(sql.substr(at, word.size())) != word) return from;
  at += word.size();
  return at < sql.size() && is_space(sql[at]) ? at : from;
}

}  // namespace

Explained explained(std::string_view sql) {
  Explained out{Explain::no, std::string(sql)};
  std::size_t end = past_word(sql, 0, "explain");
  if (end == 0) return out;
  out.explain = Explain::plan;
  if (const std::size_t analyze = past_word(sql, end, "analyze"); analyze != end) {
    out.explain = Explain::analyze;
    end = analyze;
  }
  for (std::size_t i = 0; i < end; ++i) {
    if (out.sql[i] != '\n') out.sql[i] = ' ';
  }
  return out;
}

std::string_view explain_prefix(Explain explain) {
  switch (explain) {
    case Explain::no:
      return "";
    case Explain::plan:
      return "EXPLAIN (FORMAT json) ";
    case Explain::analyze:
      break;
  }
  return "EXPLAIN (ANALYZE, FORMAT json) ";
}

std::string explain_json(const std::string& engines) {
  boost::json::parse_options options;
  options.max_depth = 2'000;
  boost::system::error_code bad;
  const boost::json::value plan = boost::json::parse(scrubbed(engines), bad, {}, options);
  // The engine has no JSON form of some plans; then it is text.
  return boost::json::serialize(bad ? boost::json::value(scrubbed(engines)) : plan);
}

}  // namespace sluice::query
