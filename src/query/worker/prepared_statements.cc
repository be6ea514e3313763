#include "query/worker/prepared_statements.h"

#include <algorithm>
#include <utility>

namespace sluice::query {

PreparedStatement* PreparedStatements::find(std::string_view text, bool plan_only) {
  const auto found =
      std::find_if(statements_.begin(), statements_.end(), [&](const PreparedStatement& each) {
        return each.text == text && each.plan_only == plan_only;
      });
  if (found == statements_.end()) return nullptr;
  statements_.splice(statements_.begin(), statements_, found);
  return &statements_.front();
}

PreparedStatement* PreparedStatements::add(PreparedStatement statement) {
  statements_.push_front(std::move(statement));
  if (statements_.size() > kept_max) statements_.pop_back();
  return &statements_.front();
}

}  // namespace sluice::query
