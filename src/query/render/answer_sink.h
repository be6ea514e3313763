#pragma once

#include <string_view>
#include <vector>

#include "query/answer.h"

namespace sluice::query {

/// Where an answer goes, piece by piece; in the worker, on its one thread. False: nobody is there
/// to take it.
class AnswerSink {
 public:
  virtual ~AnswerSink() = default;
  /// Before the columns, while the engine works; 0 to 100.
  virtual bool progress(double percent) = 0;
  virtual bool columns(const std::vector<AnswerColumn>& columns) = 0;
  virtual bool rows(std::string_view rows) = 0;
};

}  // namespace sluice::query
