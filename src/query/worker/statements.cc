#include "query/worker/statements.h"

#include <algorithm>
#include <utility>

namespace sluice::query {

Statement* Statements::find(std::string_view text) {
  const auto found = std::find_if(statements_.begin(), statements_.end(),
                                  [&](const Statement& each) { return each.text == text; });
  if (found == statements_.end()) return nullptr;
  statements_.splice(statements_.begin(), statements_, found);
  return &statements_.front();
}

Statement* Statements::add(Statement statement) {
  statements_.push_front(std::move(statement));
  if (statements_.size() > kept_max) statements_.pop_back();
  return &statements_.front();
}

}  // namespace sluice::query
