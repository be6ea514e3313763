#include "metadata/sql/statement.h"

#include <utility>

namespace sluice::metadata {

SqlStatement::SqlStatement(soci::session& session, std::string sql)
    : sql_(std::move(sql)), statement_(session) {}

SqlStatement& SqlStatement::bind(std::string_view text) {
  texts_.emplace_back(text);
  statement_.exchange(soci::use(texts_.back()));
  return *this;
}

SqlStatement& SqlStatement::bind(std::int64_t number) {
  return bind(std::optional<std::int64_t>(number));
}

SqlStatement& SqlStatement::bind(const std::optional<std::int64_t>& number) {
  Number& bound = numbers_.emplace_back();
  bound.value = number.value_or(0);
  bound.indicator = number ? soci::i_ok : soci::i_null;
  statement_.exchange(soci::use(bound.value, bound.indicator));
  return *this;
}

SqlStatement& SqlStatement::out(std::string& text) {
  statement_.exchange(soci::into(text));
  return *this;
}

SqlStatement& SqlStatement::out(std::int64_t& number) {
  Number& output = outputs_.emplace_back();
  output.target = &number;
  statement_.exchange(soci::into(output.value, output.indicator));
  return *this;
}

SqlStatement& SqlStatement::out(std::optional<std::int64_t>& number) {
  Number& output = outputs_.emplace_back();
  output.nullable_target = &number;
  statement_.exchange(soci::into(output.value, output.indicator));
  return *this;
}

void SqlStatement::prepare() {
  statement_.alloc();
  statement_.prepare(sql_);
  statement_.define_and_bind();
  executed_ = true;
}

std::int64_t SqlStatement::run() {
  prepare();
  statement_.execute(true);
  return statement_.get_affected_rows();
}

bool SqlStatement::next() {
  if (!executed_) {
    prepare();
    statement_.execute(false);
  }
  if (!statement_.fetch()) return false;
  for (Number& output : outputs_) {
    const bool is_null = output.indicator == soci::i_null;
    if (output.target != nullptr) *output.target = is_null ? 0 : output.value;
    if (output.nullable_target != nullptr) {
      *output.nullable_target = is_null ? std::nullopt : std::optional<std::int64_t>(output.value);
    }
  }
  return true;
}

std::string list_of_parameters(std::string_view name, std::size_t count) {
  std::string list;
  for (std::size_t i = 0; i < count; ++i) {
    list += (i == 0 ? "(:" : ", :") + std::string(name) + std::to_string(i);
  }
  return list + ")";
}

}  // namespace sluice::metadata
