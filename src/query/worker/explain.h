#pragma once

#include <string>
#include <string_view>

namespace sluice::query {

enum class Explain { no, plan, analyze };

/// A statement with or without `EXPLAIN [ANALYZE]` in front.
struct Explained {
  Explain explain = Explain::no;
  std::string sql;  ///< Without it; blanks stand in its place, so that positions stay.
};

Explained explained(std::string_view sql);

/// What goes in front of the statement for the engine.
std::string_view explain_prefix(Explain explain);

/// The engine's plan as one line of JSON without paths of ours.
std::string explain_json(const std::string& engines);

}  // namespace sluice::query
