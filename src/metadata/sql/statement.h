#pragma once

#include <soci/soci.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::metadata {

/// One SQL statement over a SOCI session, owning copies of what is bound, so that nothing dangles.
/// Parameters are bound in the order in which they stand; each has a name of its own (`:name`),
/// since a name that stands twice is one parameter to SQLite and two to PostgreSQL. Throws
/// soci::soci_error.
class SqlStatement {
 public:
  SqlStatement(soci::session& session, std::string sql);

  SqlStatement& bind(std::string_view text);
  SqlStatement& bind(std::int64_t number);
  SqlStatement& bind(const std::optional<std::int64_t>& number);

  /// Where the next column goes, at each next(). The target must outlive this.
  SqlStatement& out(std::string& text);
  SqlStatement& out(std::int64_t& number);
  SqlStatement& out(std::optional<std::int64_t>& number);

  /// Without rows: gives how many it changed.
  std::int64_t run();
  /// The first or next row, into the targets; false after the last.
  bool next();

 private:
  struct Number {
    long long value = 0;
    soci::indicator indicator = soci::i_ok;
    std::int64_t* target = nullptr;
    std::optional<std::int64_t>* nullable_target = nullptr;
  };
  void prepare();

  std::string sql_;
  soci::statement statement_;
  std::deque<std::string> texts_;  ///< deque: addresses stay.
  std::deque<Number> numbers_;
  std::deque<Number> outputs_;
  bool executed_ = false;
};

/// `(:name0, :name1)`, for as many values as are then bound. At least one.
std::string list_of_parameters(std::string_view name, std::size_t count);

}  // namespace sluice::metadata
